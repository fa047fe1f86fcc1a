package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
)

type testConfig struct {
	Driver string            `json:"driver"`
	Port   int               `json:"port"`
	Live   bool              `json:"live"`
	Share  float64           `json:"share"`
	Map    map[string]string `json:"map"`
	List   []testItem        `json:"list"`
	Ref    *testItem         `json:"ref"`
	Raw    json.RawMessage   `json:"raw"`
	Level  testLevel         `json:"level"`
	DSN    Secret            `json:"dsn"`
	TLS    struct {
		Key Secret `json:"key"`
	} `json:"tls"`
	testEmbedded
	hidden string //nolint:unused // a key that must stay unknown
}

type testEmbedded struct {
	Extra string `json:"extra"`
}

type testItem struct {
	Name string `json:"name"`
}

// testLevel decodes itself, as a scalar or a list for instance does.
type testLevel string

func (l *testLevel) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil || s != "high" && s != "low" {
		return errors.New("want high or low")
	}
	*l = testLevel(s)
	return nil
}

func TestAConfigurationIsDecoded(t *testing.T) {
	var c testConfig
	err := decodeConfig([]byte(`{"driver": 1.10, "port": 5432, "live": true, "share": 0.5, "map": {"a.b": 7},
		"list": [{"name": "x"}], "ref": {"name": "y"}, "raw": {"any": [1]}, "level": "high", "extra": "e", "tls": {}}`),
		map[string]string{"dsn": "postgres://x", "key": "k"}, &c)
	if err != nil {
		t.Fatal(err)
	}
	want := testConfig{Driver: "1.10", Port: 5432, Live: true, Share: 0.5, Map: map[string]string{"a.b": "7"},
		List: []testItem{{"x"}}, Ref: &testItem{"y"}, Raw: json.RawMessage(`{"any":[1]}`), Level: "high", DSN: "postgres://x",
		testEmbedded: testEmbedded{"e"}}
	want.TLS.Key = "k"
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(testConfig{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, empty := range []string{"", "null", "{}"} {
		if err := decodeConfig([]byte(empty), nil, &testConfig{}); err != nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestAFaultyConfigurationIsNamedByItsPath(t *testing.T) {
	for in, want := range map[string]string{
		`{"drivr": "x"}`:                 "drivr: unknown key; known here: driver, extra, level, list, live, map, port, raw, ref, share, tls",
		`{"hidden": "x"}`:                "hidden: unknown key",
		`{"list": [{}, {"nam": 1}]}`:     "list[1].nam: unknown key; known here: name",
		`{"map": {"a.b": true}}`:         `map."a.b": want a text here, have true; put it in quotes`,
		`{"port": "5432"}`:               "port: want a whole number here, have a text",
		`{"port": 1.5}`:                  "port: want a whole number here",
		`{"port": 99999999999999999999}`: "port: want a whole number here",
		`{"live": "yes"}`:                "live: want true or false here, have a text",
		`{"list": {"name": "x"}}`:        "list: want a list here, have a mapping",
		`{"ref": []}`:                    "ref: want a mapping here, have a list",
		`{"level": "middle"}`:            "level: want high or low",
		`{"dsn": "postgres://u:pw@h"}`:   "dsn: a secret does not belong in the configuration",
		`{"driver": "a", "driver": 1}`:   "driver: this key stands twice",
		`{"tls": {"key": "x"}}`:          "tls.key: a secret does not belong",
		`[]`:                             "want a mapping here, have a list",
		`{} {}`:                          "after the end",
	} {
		err := decodeConfig([]byte(in), nil, &testConfig{})
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassConfig || !strings.Contains(p.Error(), want) {
			t.Errorf("%s: error %v, want %q", in, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("%s: the error shows the secret: %v", in, err)
		}
	}
}

func TestASecretDoesNotPrint(t *testing.T) {
	c := testConfig{DSN: "hunter2"}
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(c.DSN), fmt.Sprintf("%+v %#v %q %s", c, c.DSN, c.DSN, c.DSN), string(out)} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("the secret prints: %s", s)
		}
	}
	if c.DSN.Reveal() != "hunter2" {
		t.Error("the secret is lost")
	}
}
