package recordings

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const videoTypes = `
  types:
    video:
      KEYWORD
      key: [id]
      fields: {title: otsikko, time_of_contact: alku, media: tiedosto}
      TEXTS
      parties: [{slot: performer, fields: {name: esiintyja}}]
media: {folder: MEDIA}
`

// videoConfigs gives a list of videos as a table file, and as a database. The
// first is known by its performer, the second by its title alone.
func videoConfigs(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	rows := [][]string{{"1", "Palvelupäivä", "2024-03-04 10:00", "yksi.mp4", "Esimerkki Maija"}, {"2", "Vieraana Maija Esimerkki: kysymykset", "2024-03-05 10:00", "kaksi.mp4", ""},
		{"3", "Maijan aamukahvit", "2024-03-06 10:00", "", ""}}
	var text strings.Builder
	text.WriteString("id;otsikko;alku;tiedosto;esiintyja\n")
	db, err := sql.Open("sqlite", filepath.Join(dir, "videot.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE video (id TEXT PRIMARY KEY, otsikko TEXT, alku TEXT, tiedosto TEXT, esiintyja TEXT)"); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		text.WriteString(strings.Join(r, ";") + "\n")
		if _, err := db.ExecContext(t.Context(), "INSERT INTO video VALUES (?, ?, ?, ?, ?)", r[0], r[1], r[2], r[3], r[4]); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{"lista/videot.csv": text.String(), "media/yksi.mp4": "x", "media/kaksi.mp4": "yy"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill := func(keyword, texts string) string {
		return strings.NewReplacer("KEYWORD", keyword, "TEXTS", texts, "MEDIA", dir+"/media").Replace(videoTypes)
	}
	return map[string]string{
		"csv": "csv:\n  folder: " + dir + "/lista\n  files: {videos: {pattern: videot.csv}}" + fill("file: videos", "texts: [title]"),
		"sql": "sql:\n  driver: sqlite\n  database: " + dir + "/videot.db" + fill("table: video", ""),
	}
}

func openedVideos(t *testing.T, config string) *instance {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	i, err := open(t.Context(), c, sdk.Env{Kind: "video"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// A video whose title alone names somebody is found where the list is a table
// file, with its recording; where it is a database, the texts that are not read
// are told.
func TestPeopleInTitles(t *testing.T) {
	for store, config := range videoConfigs(t) {
		t.Run(store, func(t *testing.T) {
			i := openedVideos(t, config)
			id, err := identifier.Parse(core.Name, "Esimerkki, Maija Helena")
			if err != nil {
				t.Fatal(err)
			}
			id.Forms = identifier.Forms(id)
			h := &heard{records: map[string]core.Record{}}
			if err := i.searchInto(t.Context(), core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{id}}}}, h); err != nil {
				t.Fatal(err)
			}
			inText, found := h.records["video/2"]
			if _, performs := h.records["video/1"]; !performs || found != (store == "csv") || h.records["video/3"].Ref != "" {
				t.Errorf("found %v, problems %v", h.records, h.problems)
			}
			unread := slices.ContainsFunc(h.leftOut, func(l core.LeftOut) bool { return l.Table == "video" && l.Column == "title" })
			if p := i.unreadProblem(); unread != (store == "sql") || (p != nil) != unread || unread && !strings.Contains(p.Message, "(title)") {
				t.Errorf("left out %v, a check says %v", h.leftOut, p)
			}
			if !found {
				return
			}
			if want := []core.Match{{Kind: core.Name, Field: "title", Tier: core.TierExact}}; !slices.Equal(inText.MatchedBy, want) {
				t.Errorf("matched by %v", inText.MatchedBy)
			}
			if v, _ := core.First(inText.Fields, "media"); v.Withheld == nil || v.Withheld.Size != 2 {
				t.Errorf("the recording of it: %+v", v)
			}
		})
	}
}
