package plugins

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// filesKey seals the indexes of the suites.
const filesKey = "hakemiston-avain-4f81c07d2b9e6a35"

// tree makes a folder with files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// letters are many files for one person.
func letters(n int, text string) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("k%03d/%06d.txt", i/1000, i)] = text
	}
	return out
}

// packed gives a ZIP file.
func packed(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// filesSuite gives the suite of file shares. indexed tells whether they have a
// standing index.
func filesSuite(indexed bool) func(t *testing.T) sdktest.Suite {
	return func(t *testing.T) sdktest.Suite {
		config := func(dir string) *sdktest.Setup {
			text := "roots: {jako: {path: " + dir + ", may_be_empty: true}}\n"
			if !indexed {
				return setup(t, text, nil)
			}
			return setup(t, text+"index: "+filepath.Join(t.TempDir(), "index")+"\n", map[string]string{"key": filesKey})
		}
		works := letters(fewPekka, "Hyvä "+pekka+", toistuva asia")
		attached := strings.Repeat("rivi lokia\n", 100_000) + maija
		works["kirjeet/maija.html"] = "<html><head><title>Kirje</title><meta name=author content='Iines'><meta name=keywords content='kirje'></head><body><p>Kuvaus: " + maija + " ei toimi</p></body></html>"
		works["kirjeet/loki.txt"] = attached
		works["kirjeet/muistio.docx"] = packed(t, map[string]string{
			"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
				`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"_rels/.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Target="word/document.xml" ` +
				`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/><Relationship Id="b" Target="docProps/core.xml" ` +
				`Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"/></Relationships>`,
			"docProps/core.xml": `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
				`xmlns:dcterms="http://purl.org/dc/terms/"><dc:creator>Iines</dc:creator><cp:keywords>muistio</cp:keywords><cp:lastModifiedBy>Aku</cp:lastModifiedBy>` +
				`<dcterms:created>2024-03-01T08:00:00Z</dcterms:created></cp:coreProperties>`,
			"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` + maija + `</w:t></w:r></w:p></w:body></w:document>`,
		})
		works["liite.zip"] = packed(t, map[string]string{"sisko.txt": "Esimerkki Sisko, syntynyt 4.3.1985"})
		works["tuleva.eml"] = "From: Tuleva <tuleva@example.fi>\nSubject: Terve\nDate: Thu, 31 Dec 2099 23:59:59 +0000\n\nKuvaus: ei toimi\n"
		works["aly1.txt"], works["aly2.txt"] = "Läsnä "+composed, "Läsnä "+decomposed
		large := map[string]string{"aly1.txt": works["aly1.txt"], "iso.txt": "iso@example.fi " + strings.Repeat("0123456789abcdef", 5<<16)}
		works["latin.txt"] = latin("Mäkelä Latina") + " latin@example.fi"
		dir := tree(t, works)
		s := suiteOf(t, "documents")
		s.Works = config(dir)
		s.Fields = []string{"document:path", "document:workspace", "document:title", "document:text", "document:place", "document:keywords", "document:created", "document:modified",
			"document:size", "document:media", "document:media_type", "document:author.name", "document:modifier.name", "document:attachment/name", "document:attachment/text",
			"document:attachment/media_type", "document:attachment/size"}
		s.Values = []string{"Kuvaus: ei toimi", dir}
		ref := func(name string) string { return "document/jako/" + url.PathEscape(name) }
		s.Finds = []sdktest.Case{
			{Query: by(t, core.Email, maija), Refs: []string{ref("kirjeet/loki.txt"), ref("kirjeet/maija.html"), ref("kirjeet/muistio.docx")}},
			{Query: core.Query{Request: "test", AnyOf: []core.KeySet{{AllOf: []core.Identifier{key(t, core.Name, "Esimerkki, Sisko"), key(t, core.DateOfBirth, "1985-03-04")}}}},
				Refs: []string{ref("liite.zip")}},
			{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{ref("tuleva.eml")}},
			{Query: by(t, core.Email, pekka), Count: fewPekka},
		}
		s.Absent = setup(t, "roots: {jako: "+filepath.Join(dir, "ei-ole")+"}", nil)
		s.Empty = &sdktest.Case{Setup: config(t.TempDir()), Query: by(t, core.Email, maija)}
		s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
		s.Stream = &sdktest.Case{Setup: config(tree(t, letters(streamRecords, everybody))), Query: by(t, core.Email, everybody), Count: streamRecords}
		s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(tree(t, large)), Query: by(t, core.Email, "iso@example.fi")}, Ref: ref("iso.txt"), Field: "text", Size: 5 << 20}
		s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "latin@example.fi")}, Ref: ref("latin.txt"), Field: "text", Text: "Mäkelä Latina latin@example.fi\n"}
		both := []string{ref("aly1.txt"), ref("aly2.txt")}
		s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
		s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
		sum := sha256.Sum256([]byte(attached))
		s.Attachment = &sdktest.Attachment{Ref: ref("kirjeet/loki.txt") + "#sha256=" + hex.EncodeToString(sum[:]), Size: uint64(len(attached)), SHA256: sum[:]}
		s.Exempt["many-records"] = "100,000 files take longer to make than to search; 10,000 are tried"
		s.Exempt["bad-secret-auth"] = "the key seals the plugin's own index: an index under another key is made anew, which plugins/files tests"
		if !indexed {
			s.Exempt["secrets-hidden"] = "without an index there is no secret; index shows it"
		}
		s.Exempt["rate-limit-waits"] = "a file system tells nobody to wait"
		s.Exempt["clock-skew"] = "no question and no answer depends on the clock of a share: times that lie in the future prove nothing, and the content is compared (plugins/files)"
		s.Exempt["resume-every-checkpoint"] = "files come and go between two searches: a search that was killed begins anew, as kill-resume shows"
		return s
	}
}
