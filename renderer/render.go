package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"helm.sh/helm/v4/pkg/action"
	ci "helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	kubefake "helm.sh/helm/v4/pkg/kube/fake"
	"helm.sh/helm/v4/pkg/release"
	releasecommon "helm.sh/helm/v4/pkg/release/common"
	releasev1 "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
)

var errLookup = errors.New("the chart looks into the cluster")

// render answers the release object that helm's dry run on the server prints: the same actions of Helm, with the
// cluster's abilities given, the revision before in a storage of its own, and no object looked at.
func render(ask request, known *abilities, charts *charts) (*releasev1.Release, error) {
	chrt, err := charts.load(ask.Chart, ask.Digest)
	if err != nil {
		return nil, err
	}
	values, err := loader.LoadValues(strings.NewReader(ask.Values))
	if err != nil {
		return nil, err
	}
	looked := false
	config := action.NewConfiguration()
	config.Capabilities = known.capabilities()
	config.KubeClient = &kubefake.PrintingKubeClient{Out: io.Discard, LogOutput: io.Discard}
	config.CustomTemplateFuncs = template.FuncMap{
		"lookup": func(_, _, _, _ string) (map[string]any, error) {
			looked = true
			return nil, errLookup
		},
	}
	rendered, err := run(config, ask, chrt, values)
	if looked {
		return nil, errLookup
	}
	if err != nil {
		return nil, err
	}
	return rendered, nil
}

func run(config *action.Configuration, ask request, chrt *chart.Chart, values map[string]any) (*releasev1.Release, error) {
	memory := driver.NewMemory()
	memory.SetNamespace(ask.Namespace)
	config.Releases = storage.Init(memory)
	if ask.Before == nil {
		if err := installable(chrt); err != nil {
			return nil, err
		}
	}
	if err := complete(chrt); err != nil {
		return nil, fmt.Errorf("an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: %w", err)
	}
	if ask.Before == nil {
		install := action.NewInstall(config)
		install.ReleaseName = ask.Name
		install.Namespace = ask.Namespace
		install.DryRunStrategy = action.DryRunServer
		install.DisableOpenAPIValidation = true
		install.SkipCRDs = true
		return versionOne(install.RunWithContext(context.Background(), chrt, values))
	}
	if err := config.Releases.Create(ask.Before.release(ask)); err != nil {
		return nil, err
	}
	upgrade := action.NewUpgrade(config)
	upgrade.Namespace = ask.Namespace
	upgrade.DryRunStrategy = action.DryRunServer
	upgrade.DisableOpenAPIValidation = true
	upgrade.SkipCRDs = true
	upgrade.ResetValues = true
	rendered, err := versionOne(upgrade.RunWithContext(context.Background(), ask.Name, chrt, values))
	if err != nil {
		return nil, fmt.Errorf("UPGRADE FAILED: %w", err)
	}
	return rendered, nil
}

// versionOne is the release object as all charts of today have it.
func versionOne(rendered release.Releaser, err error) (*releasev1.Release, error) {
	if err != nil {
		return nil, err
	}
	switch rendered := rendered.(type) {
	case *releasev1.Release:
		return rendered, nil
	default:
		return nil, fmt.Errorf("a release object of type %T", rendered)
	}
}

// installable is the rule of helm's command line, which its packages do not export.
func installable(chrt *chart.Chart) error {
	switch chrt.Metadata.Type {
	case "", "application":
		return nil
	}
	return fmt.Errorf("%s charts are not installable", chrt.Metadata.Type)
}

func complete(chrt *chart.Chart) error {
	wanted := make([]ci.Dependency, 0, len(chrt.Metadata.Dependencies))
	for _, dependency := range chrt.Metadata.Dependencies {
		wanted = append(wanted, dependency)
	}
	return action.CheckDependencies(chrt, wanted)
}

// release is as much of the revision before as an upgrade looks at.
func (before revision) release(ask request) *releasev1.Release {
	// Absent or unreadable: as if never deployed.
	first, _ := time.Parse(time.RFC3339Nano, before.FirstDeployed)
	return &releasev1.Release{
		Name:        ask.Name,
		Namespace:   ask.Namespace,
		Version:     before.Revision,
		ApplyMethod: before.ApplyMethod,
		Chart:       &chart.Chart{Metadata: &chart.Metadata{Name: "before"}},
		Info:        &releasev1.Info{FirstDeployed: first, Status: releasecommon.StatusDeployed},
	}
}

func (known *abilities) capabilities() *common.Capabilities {
	version := known.KubeVersion
	return &common.Capabilities{
		APIVersions: known.APIVersions,
		KubeVersion: common.KubeVersion{Version: version.Version, Major: version.Major, Minor: version.Minor},
		HelmVersion: common.DefaultCapabilities.HelmVersion,
	}
}
