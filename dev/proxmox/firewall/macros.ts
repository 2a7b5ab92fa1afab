/** Names for rules that belong together, such as `SSH`. */

const names = [
  ...['Amanda', 'Auth', 'BGP', 'BitTorrent', 'BitTorrent32', 'CVS', 'Ceph', 'Citrix', 'DAAP', 'DCC', 'DHCPfwd'],
  ...['DHCPv6', 'DNS', 'Distcc', 'FTP', 'Finger', 'GNUnet', 'GRE', 'Git', 'HKP', 'HTTP', 'HTTP/3', 'HTTPS', 'ICPV2'],
  ...['ICQ', 'IMAP', 'IMAPS', 'IPIP', 'IPsec', 'IPsecah', 'IPsecnat', 'IRC', 'Jetdirect', 'L2TP', 'LDAP', 'LDAPS'],
  ...['MDNS', 'MSNP', 'MSSQL', 'Mail', 'Munin', 'MySQL', 'NNTP', 'NNTPS', 'NTP', 'NeighborDiscovery', 'OSPF'],
  ...['OpenVPN', 'PBS', 'PCA', 'PMG', 'POP3', 'POP3S', 'PPtP', 'Ping', 'PostgreSQL', 'Printer', 'RDP', 'RIP', 'RNDC'],
  ...['Razor', 'Rdate', 'Rsync', 'SANE', 'SMB', 'SMBswat', 'SMTP', 'SMTPS', 'SNMP', 'SPAMD', 'SPICEproxy', 'SSH'],
  ...['SVN', 'SixXS', 'Squid', 'Submission', 'Syslog', 'TFTP', 'Telnet', 'Telnets', 'Time', 'Trcrt', 'VNC', 'VNCL'],
  ...['Web', 'Webcache', 'Webmin', 'Whois'],
]
const byLowerCase = new Map(names.map(name => [name.toLowerCase(), name]))

export const isMacro = (name: string) => byLowerCase.has(name.toLowerCase())
export const macroName = (name: string) => byLowerCase.get(name.toLowerCase()) ?? name
export const macroRows = () => names.map(macro => ({ macro, descr: macro }))
