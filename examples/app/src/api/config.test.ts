import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'

const ENV = {
  DATABASE_URL: 'postgresql://app:database-password@db-rw.tenant-acme:5432/app',
  ADMIN_USERNAME: 'ada@acme.example.com',
  ADMIN_PASSWORD: 'admin-password',
  JWT_KEY: 'k'.repeat(32),
  PUBLIC_URL: 'https://acme.example.com',
  COMPANY_NAME: 'Acme Ltd',
  PLAN: 'professional',
  LIMITS: '{"users":25}',
}

test('the environment that the chart gives is read', () => {
  expect(parseConfig(ENV)).toEqual({
    port: 8080,
    databaseUrl: ENV.DATABASE_URL,
    admin: { username: 'ada@acme.example.com', password: 'admin-password' },
    jwtKey: ENV.JWT_KEY,
    publicUrl: 'https://acme.example.com',
    companyName: 'Acme Ltd',
    plan: 'professional',
    limits: { users: 25 },
  })
})

test('everything that is wrong is said at once, and no value with it', () => {
  const env = {
    ...ENV,
    PORT: 'x',
    PLAN: '',
    JWT_KEY: 'short-key',
    LIMITS: '{"users":"many"}',
    DATABASE_CA_FILE: '/none',
  }
  expect(() => parseConfig(env)).toThrow(
    new Error(
      'environment: PLAN is missing, LIMITS is not a JSON object of whole numbers, PORT is not a port, ' +
        'JWT_KEY has fewer than 32 bytes, DATABASE_CA_FILE cannot be read',
    ),
  )
})
