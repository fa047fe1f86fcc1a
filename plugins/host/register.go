package host

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core/durable"
)

// Registration is a plugin as `sinusta plugin register` enters it into the
// lock file.
type Registration struct {
	Name, Version string
	// SHA256 is the checksum from the release, for the platform that runs.
	SHA256    string
	Transport Transport
	// Publisher is the key that signed the checksums, "" for none; see
	// PublisherText.
	Publisher string
	// Systems are added to those that may use the plugin; none leaves them.
	Systems []string
	// Replace lets it take the place of another version or another file.
	Replace bool
}

// Register enters r. It refuses what would silently take the place of
// something registered: another version, another checksum of this platform or
// another transport without r.Replace, and, in any case, a release that is not
// signed by the publisher of the one before.
func (l *Lock) Register(r Registration) error {
	switch {
	case !pluginName.MatchString(r.Name):
		return fmt.Errorf("the plugin calls itself %q, which is no name: letters, digits, and . _ / - within it", printable(r.Name))
	case !pluginVersion.MatchString(r.Version):
		return fmt.Errorf("the plugin %s gives %q as its version, which is none", r.Name, printable(r.Version))
	case !isSHA256(r.SHA256):
		return errors.New("the checksum is no SHA-256: want 64 digits 0-9 a-f")
	}
	entry := Locked{Version: r.Version, SHA256: map[string]string{Platform(): r.SHA256}, Transport: r.Transport,
		Publisher: r.Publisher, Systems: r.Systems}
	if old, ok := l.Plugins[r.Name]; ok {
		if old.Publisher != "" && old.Publisher != r.Publisher {
			return fmt.Errorf("the plugin %s is registered with a publisher whose key did not sign this release; give "+
				"--signature and --publisher, or, if the publisher really changed, `sinusta plugin unregister %s` first", r.Name, r.Name)
		}
		if err := differs(r, old); err != nil && !r.Replace {
			return err
		}
		if old.Version == r.Version {
			for platform, sum := range old.SHA256 {
				if platform != Platform() {
					entry.SHA256[platform] = sum
				}
			}
		}
		if len(entry.Systems) == 0 {
			entry.Systems = old.Systems
		} else if len(old.Systems) > 0 {
			entry.Systems = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(old.Systems), r.Systems...))))
		}
	}
	l.Plugins[r.Name] = entry
	return nil
}

// differs tells by its error what r would replace.
func differs(r Registration, old Locked) error {
	have, same := old.SHA256[Platform()]
	switch {
	case old.Version != r.Version:
		return fmt.Errorf("the plugin %s is registered in version %s; --replace registers version %s in its place",
			r.Name, old.Version, r.Version)
	case same && have != r.SHA256:
		return fmt.Errorf("the plugin %s %s is registered with another checksum for %s: two files under one version; "+
			"ask the publisher, and use --replace when that is settled", r.Name, r.Version, Platform())
	case old.Transport != r.Transport:
		return fmt.Errorf("the plugin %s is registered with another transport; --replace changes it", r.Name)
	default:
		return nil
	}
}

// Unregister removes a plugin. It tells whether it was there.
func (l *Lock) Unregister(name string) bool {
	_, ok := l.Plugins[name]
	delete(l.Plugins, name)
	return ok
}

// EmptyLock is the text of a lock file that registers nothing.
const EmptyLock = lockHeader + "plugins: {}\n"

const lockHeader = `# The external programs that may run here as source plugins, with the checksums
# of their releases. A program that is not listed does not run. Written by
# ` + "`sinusta plugin register`" + ` and ` + "`sinusta plugin unregister`" + `, which keep no comments
# but these; the plugins that are built into sinusta are not listed.
#
# plugins:
#   acme-crm:
#     version: "1.4.0"
#     sha256:
#       "linux/amd64": "<64 digits>"
#     transport: "automtls"        # or unix-private, or sdk; see ` + "`sinusta plugin register --help`" + `
#     publisher: "<base64>"        # the Ed25519 key that signed the checksums, if one did
#     systems: ["V7.1"]            # the systems that may use it; without the line, all
`

// text gives the lock file.
func (l *Lock) text() string {
	var b strings.Builder
	if len(l.Plugins) == 0 {
		return EmptyLock
	}
	b.WriteString(lockHeader + "plugins:\n")
	for _, name := range sortedKeys(l.Plugins) {
		p := l.Plugins[name]
		fmt.Fprintf(&b, "  %s:\n    version: %s\n    sha256:\n", strconv.Quote(name), strconv.Quote(p.Version))
		for _, platform := range sortedKeys(p.SHA256) {
			fmt.Fprintf(&b, "      %s: %s\n", strconv.Quote(platform), strconv.Quote(p.SHA256[platform]))
		}
		if p.Transport != "" {
			fmt.Fprintf(&b, "    transport: %s\n", strconv.Quote(string(p.Transport)))
		}
		if p.Publisher != "" {
			fmt.Fprintf(&b, "    publisher: %s\n", strconv.Quote(p.Publisher))
		}
		if len(p.Systems) > 0 {
			quoted := make([]string, len(p.Systems))
			for i, s := range p.Systems {
				quoted[i] = strconv.Quote(s)
			}
			fmt.Fprintf(&b, "    systems: [%s]\n", strings.Join(quoted, ", "))
		}
	}
	return b.String()
}

// Save writes the lock file at path, whole or not at all.
func (l *Lock) Save(path string) error {
	if err := durable.Replace(path, []byte(l.text())); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	return nil
}
