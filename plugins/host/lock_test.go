package host

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

var (
	sumA = strings.Repeat("a1", 32)
	sumB = strings.Repeat("b2", 32)
)

func TestALockFileIsReadAsItIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sinusta.lock")
	l, err := LoadLock(path) // there is none: only built-ins run
	if err != nil || len(l.Plugins) != 0 {
		t.Fatal(l, err)
	}
	key := PublisherText(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	for _, r := range []Registration{
		{Name: "acme-crm", Version: "1.10", SHA256: sumA},
		{Name: "example/1e5", Version: "2", SHA256: strings.Repeat("1", 64), Transport: TransportUnixPrivate, Publisher: key,
			Systems: []string{"V7.1", "123"}},
	} {
		if err := l.Register(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Plugins, again.Plugins); diff != "" {
		t.Error(diff)
	}
	if !again.Unregister("acme-crm") || again.Unregister("acme-crm") || !again.Unregister("example/1e5") {
		t.Error("unregister")
	}
	if err := again.Save(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || string(raw) != EmptyLock {
		t.Errorf("%v: %s", err, raw)
	}
	if empty, err := LoadLock(path); err != nil || len(empty.Plugins) != 0 {
		t.Error(empty, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFaultyLockFileIsRefusedWithItsPlaces(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":             {"# nothing\n", "sinusta.lock:1:1: the file is empty"},
		"unknown key":       {"plugins:\n  a: {version: \"1\", sha: x}\n", `sinusta.lock:2:21: unknown key "sha"`},
		"no checksum":       {"plugins:\n  a: {version: \"1\"}\n", "sinusta.lock:2:6: the plugin a has no checksum"},
		"short checksum":    {"plugins:\n  a:\n    version: \"1\"\n    sha256: {linux/amd64: \"12\"}\n", "sinusta.lock:4:27: want the SHA-256"},
		"capital checksum":  {"plugins:\n  a:\n    version: \"1\"\n    sha256: {linux/amd64: \"" + strings.ToUpper(sumA) + "\"}\n", "want the SHA-256"},
		"odd platform":      {"plugins:\n  a:\n    version: \"1\"\n    sha256: {linux: \"" + sumA + "\"}\n", `"linux" is no platform`},
		"number as version": {"plugins:\n  a:\n    version: 1.10\n", `put it in quotes: "1.10"`},
		"odd name":          {"plugins:\n  \"../a\": {version: \"1\", sha256: {linux/amd64: \"" + sumA + "\"}}\n", `"../a" is no name`},
		"doubled":           {"plugins:\n  a: {version: \"1\"}\n  a: {version: \"2\"}\n", `sinusta.lock:3:3: the key "a" stands twice`},
		"odd publisher":     {"plugins:\n  a: {version: \"1\", sha256: {linux/amd64: \"" + sumA + "\"}, publisher: \"abc\"}\n", "want an Ed25519 public key"},
		"system twice":      {"plugins:\n  a: {version: \"1\", sha256: {linux/amd64: \"" + sumA + "\"}, systems: [V1, V1]}\n", "each once"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sinusta.lock")
			if err := os.WriteFile(path, []byte(c.in), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadLock(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestOnlyTheRegisteredProgramMayRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sinusta.lock")
	text := "plugins:\n  a:\n    version: \"1\"\n    sha256:\n      \"" + Platform() + "\": \"" + sumA + "\"\n    systems: [V1]\n" +
		"  b:\n    version: \"1\"\n    sha256: {\"plan9/mips\": \"" + sumA + "\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := LoadLock(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, system, sum, want string }{
		{"a", "V1", sumA, ""},
		{"a", "", sumA, ""},
		{"a", "V1", sumB, "sinusta.lock:5:"},
		{"a", "V2", sumA, "sinusta.lock:6:14: the plugin a may not be used for the system V2"},
		{"b", "V1", sumA, "sinusta.lock:9:13: the plugin b is registered for plan9/mips and not for"},
		{"c", "V1", sumA, "sinusta.lock: the plugin \"c\" is not registered"},
		{"", "V1", sumA, "not registered"},
	} {
		err := l.Check(c.name, c.system, &Program{path: "/x", sum: c.sum})
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if p := Problems(err); len(p) != 1 || p[0].Class != core.ClassConfig || !strings.Contains(p[0].Message, c.want) {
			t.Errorf("%s for %s: %v, want %q", c.name, c.system, err, c.want)
		}
	}
}

func TestAHostWithoutALockFileOpensNoProgramOfAnInstallation(t *testing.T) {
	h := New(Options{})
	_, err := h.Program(os.Args[0])
	if p := Problems(err); len(p) != 1 || !strings.Contains(p[0].Message, "without a lock file") {
		t.Errorf("%v", err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNothingRegisteredIsReplacedInSilence(t *testing.T) {
	key := PublisherText(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	l := &Lock{Plugins: map[string]Locked{"a": {Version: "1", SHA256: map[string]string{Platform(): sumA, "plan9/mips": sumB},
		Publisher: key, Systems: []string{"V1"}}}}
	good := Registration{Name: "a", Version: "1", SHA256: sumA, Publisher: key}
	for want, change := range map[string]func(*Registration){
		"is registered in version 1": func(r *Registration) { r.Version = "2" },
		"another checksum":           func(r *Registration) { r.SHA256 = sumB },
		"another transport":          func(r *Registration) { r.Transport = TransportUnixPrivate },
		"did not sign":               func(r *Registration) { r.Publisher, r.Replace = "", true },
		"is no name":                 func(r *Registration) { r.Name = "-a" },
		"as its version":             func(r *Registration) { r.Version = "" },
		"is no SHA-256":              func(r *Registration) { r.SHA256 = "a" },
	} {
		r := good
		change(&r)
		if err := l.Register(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := l.Register(good); err != nil || len(l.Plugins["a"].SHA256) != 2 || len(l.Plugins["a"].Systems) != 1 {
		t.Errorf("%v: %+v", err, l.Plugins["a"])
	}
	good.Version, good.Replace, good.Systems = "2", true, []string{"V2"}
	if err := l.Register(good); err != nil {
		t.Fatal(err)
	}
	want := Locked{Version: "2", SHA256: map[string]string{Platform(): sumA}, Publisher: key, Systems: []string{"V1", "V2"}}
	if diff := cmp.Diff(want, l.Plugins["a"]); diff != "" { // the checksums of the old version are gone
		t.Error(diff)
	}
}

func TestChecksumsAreReadAsSha256sumWritesThem(t *testing.T) {
	text := sumA + "  dist/one\r\n" + strings.ToUpper(sumB) + " *two\n" + sumA + "  twice\n" + sumB + "  b/twice\n" +
		"zz  bad\n" + sumA + " three\n" + sumB + "  one.sig\n"
	for name, want := range map[string]string{"one": sumA, "two": sumB, "one.sig": sumB} {
		if got, err := ChecksumOf([]byte(text), name); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"twice", "bad", "three", "four", "", "on"} {
		if got, err := ChecksumOf([]byte(text), name); err == nil {
			t.Errorf("%q: %s", name, got)
		}
	}
}

func TestASignatureIsThePublishers(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	public := private.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{PublisherText(public) + "\n", hex.EncodeToString(public),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))} {
		if key, err := ParsePublisher([]byte(text)); err != nil || !key.Equal(public) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "x", hex.EncodeToString(public[:31]), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := ParsePublisher([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	sums := []byte(sumA + "  one\n")
	sig := ed25519.Sign(private, sums)
	for _, text := range [][]byte{sig, []byte(hex.EncodeToString(sig)), []byte(base64.StdEncoding.EncodeToString(sig) + "\n")} {
		if err := VerifyChecksums(sums, text, public); err != nil {
			t.Error(err)
		}
	}
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32)))
	for _, text := range [][]byte{nil, sig[:63], ed25519.Sign(other, sums), ed25519.Sign(private, sums[1:])} {
		if err := VerifyChecksums(sums, text, public); err == nil {
			t.Errorf("%x is taken", text)
		}
	}
}
