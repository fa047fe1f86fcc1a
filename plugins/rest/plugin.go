package restsource

import (
	"context"
	_ "embed"
	"strings"
	"time"
	_ "time/tzdata" // zones are needed where the operating system has none

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	pluginVersion  = "1.0.0"
	defaultZone    = "Europe/Helsinki"
	defaultTimeout = time.Minute
)

//go:embed config.schema.json
var configSchema string

// New gives the plugin `rest`.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "rest", Version: pluginVersion,
		Title:        catalogue.Text{FI: "Verkkopalvelu (REST, OData, XML, SOAP)", SV: "Webbtjänst (REST, OData, XML, SOAP)", EN: "Web service (REST, OData, XML, SOAP)"},
		Config:       configSchema,
		Capabilities: []sdk.Capability{sdk.CanFetch},
		Open: func(ctx context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := configure(c, env)
			if err == nil {
				err = i.reach(ctx)
			}
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

// instance is the plugin with the configuration of one system.
type instance struct {
	config      Config
	endpoint    *endpoint
	plans       []*typePlan
	types       []sdk.RecordType
	errorRoutes []route
	leftOut     []core.LeftOut
	issuers     map[core.Kind]string
	complete    []core.Kind
	zone        *time.Location
}

// configure holds the configuration against the profile. It sends nothing.
func configure(c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("types", "%s", err)
	}
	if c, err = withRecipe(c); err != nil {
		return nil, err
	}
	if !oneOf(c.Format, "", "json", "xml") {
		return nil, sdk.ConfigError("format", "want json or xml")
	}
	if c.Charset != "" {
		if _, err := charset(c.Charset); err != nil {
			return nil, sdk.ConfigError("charset", "there is no encoding %q; write it as windows-1252", c.Charset)
		}
	}
	i := &instance{config: c, issuers: env.Issuers, complete: env.Complete}
	zone := c.TimeZone
	if zone == "" {
		zone = defaultZone
	}
	if i.zone, err = time.LoadLocation(zone); err != nil {
		return nil, sdk.ConfigError("time_zone", "there is no time zone %q; write it as %s", zone, defaultZone)
	}
	if err := i.compileErrors(); err != nil {
		return nil, err
	}
	if i.plans, err = compile(c, profile); err != nil {
		return nil, err
	}
	for _, t := range i.plans {
		i.types = append(i.types, t.recordType())
		i.leftOut = append(i.leftOut, t.leftOut...)
	}
	timeout := env.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	i.endpoint, err = openEndpoint(c, timeout)
	return i, err
}

func (i *instance) compileErrors() error {
	classes := []string{"config", "auth", "transient", "rate-limited", "partial", "unsupported-key", "data", "nothing"}
	for n, rule := range i.config.Errors {
		at := "errors[" + itoa(n) + "]"
		r, err := parseRoute(rule.Path)
		switch {
		case err != nil:
			return sdk.ConfigError(at+".path", "%s", err)
		case rule.Status == 0 && rule.Path == "":
			return sdk.ConfigError(at, "say by which status or member the answer is known")
		case !oneOf(rule.Class, classes...):
			return sdk.ConfigError(at+".class", "want one of %s", strings.Join(classes, ", "))
		case rule.Status >= 200 && rule.Status < 300 && rule.Path == "":
			return sdk.ConfigError(at, "a success without a member to look at would be every answer")
		}
		i.errorRoutes = append(i.errorRoutes, r)
	}
	return nil
}

// Types gives the mapped record types with their keys.
func (i *instance) Types() []sdk.RecordType { return i.types }

// Close closes the connections.
func (i *instance) Close() error {
	i.endpoint.client.CloseIdleConnections()
	return nil
}
