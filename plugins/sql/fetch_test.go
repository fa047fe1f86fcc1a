package sqlsource

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

const withFiles = `
types:
  ticket:
    table: v
    key: [a, b]
    fields: {title: title, description: [body, body2]}
    parties: [{slot: requester, fields: {email: mail, name: n}}]
    parts: [{type: comment, table: f, join: {va: a, vb: b}, key: [id], fields: {text: content}, ignore: {label: a test}}]
`

func TestLargeValuesAreFetchedWhole(t *testing.T) {
	large := strings.Repeat("ä0", piece/3+7)
	onEveryDatabase(t, func(t *testing.T, d database) {
		typ, text := "BLOB", "TEXT"
		switch d.driver {
		case "postgres":
			typ = "bytea"
		case "mariadb":
			typ, text = "LONGBLOB", "longtext"
		}
		c := d.make(t, "CREATE TABLE v (a VARCHAR(60), b INTEGER, title VARCHAR(60), body "+text+", body2 "+typ+", mail VARCHAR(60), n "+typ+", PRIMARY KEY (a, b))",
			"CREATE TABLE f (id INTEGER PRIMARY KEY, va VARCHAR(60), vb INTEGER, label VARCHAR(60), content "+typ+")",
			"INSERT INTO v VALUES ('x/#;é', 1, 't', '"+large+"', "+bytesOf(d, "\x00\x01two\xff")+", 'm@example.fi', "+bytesOf(d, "\x00\xff")+")",
			"INSERT INTO v VALUES ('other', 1, 't', 'secret of another', "+bytesOf(d, "\x00secret of another")+", 'o@example.fi', NULL)",
			"INSERT INTO f VALUES (5, 'x/#;é', 1, 'scan', "+bytesOf(d, "%PDF\x00"+strings.Repeat("\xfe", 70_000))+"), (6, 'other', 1, 'scan', "+bytesOf(d, "\x00other")+")")
		i := mustOpen(t, mapping(t, c, withFiles), "ticketing")
		h := ask(t, i, one(id(t, core.Email, "m@example.fi")))
		if len(h.records) != 1 {
			t.Fatalf("%d records, %+v", len(h.records), h.notices)
		}
		var refs []string
		want := []string{large, "\x00\x01two\xff", "%PDF\x00" + strings.Repeat("\xfe", 70_000)}
		for _, f := range append(h.records[0].Fields, h.records[0].Parts[0].Fields...) {
			if w := f.Value.Withheld; w != nil {
				if int(w.Size) != len(want[len(refs)]) {
					t.Errorf("%s: size %d, want %d", w.Ref, w.Size, len(want[len(refs)]))
				}
				refs = append(refs, w.Ref)
			}
		}
		if len(refs) != len(want) {
			t.Fatalf("refs = %q", refs)
		}
		for n, ref := range refs {
			if got, err := fetched(t.Context(), i, ref); err != nil || !bytes.Equal(got, []byte(want[n])) {
				t.Errorf("%s: %d bytes, want %d: %v", ref, len(got), len(want[n]), err)
			}
		}
		for _, f := range h.records[0].Parties[0].Fields {
			if w := f.Value.Withheld; w != nil && w.Ref != "" {
				t.Errorf("a party's value has the ref %q", w.Ref)
			}
		}
		record := h.records[0].Ref
		for _, bad := range []string{"", "#", record, record + "#nosuch", record + "#description;7", record + "#description;-1", "ticket/none/1#description", "contact/1#title",
			record + "#comment/6#text", "ticket/" + strings.Repeat("x", 5000) + "/1#description", "ticket/x'; DROP TABLE v --/1#description", record + "#requester.name", "ticket/X%2F%23%3B%C3%A9/1#description"} {
			got, err := fetched(t.Context(), i, bad)
			if err == nil || len(got) > 0 {
				t.Errorf("%.60q gave %d bytes, %v", bad, len(got), err)
			} else if p := problem(t, err); p.Class != core.ClassData {
				t.Errorf("%.60q: %+v", bad, p)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		r, err := i.Fetch(ctx, refs[0])
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		_ = r.Close()
	})
}

func fetched(ctx context.Context, i *instance, ref string) ([]byte, error) {
	r, err := i.Fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
