package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/sinusta/sinusta/fixtures/generate"
)

// twoRequests makes an installation with two requests that were run, the
// second one about the same person. It gives the demo, whose request is the first, and the id
// of the second.
func twoRequests(t *testing.T, seed string) (demo *demoRun, home, second string) {
	t.Helper()
	demo = runSmallDemo(t, "--people", "30", "--seed", seed)
	home = filepath.Join(demo.dir, "home")
	options := generate.Options{People: 30, Subject: demo.Subject}
	for _, c := range seed {
		options.Seed = options.Seed*10 + uint64(c-'0')
	}
	made, err := smallValtori(t).Generate(t.Context(), t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	intake, err := intakeOf(smallValtori(t), made.Intake)
	if err != nil {
		t.Fatal(err)
	}
	second = strings.TrimSpace(must(t, home, intake, "request", "new", "-"))
	must(t, home, "", "request", "run", second)
	return demo, home, second
}

// onDatabase opens the database of a home for one statement after another.
func onDatabase(t *testing.T, home string, f func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(home, "data", "sinusta.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	f(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	res, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

// sealedTables gives the tables of a request that have rows.
func sealedTables(t *testing.T, home, request string) (tables []string) {
	t.Helper()
	onDatabase(t, home, func(db *sql.DB) {
		rows, err := db.Query(`SELECT DISTINCT tab FROM sealed WHERE request = (SELECT num FROM request WHERE id = ?) ORDER BY tab`, request)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var tab string
			if err := rows.Scan(&tab); err != nil {
				t.Fatal(err)
			}
			tables = append(tables, tab)
		}
	})
	return tables
}

// What an attacker with the disk and no key can do to the rows of a request is
// detected before a report, a coverage or a search shows it: for each table.
func TestChangedRowsAreDetected(t *testing.T) {
	demo, home, second := twoRequests(t, "31")
	old := filepath.Join(t.TempDir(), "home")
	copyAll(t, home, old)
	must(t, home, "", "request", "run", demo.Request, "--again")
	const mine = `request = (SELECT num FROM request WHERE id = $1) AND tab = $2`
	const first = `seq = (SELECT min(seq) FROM sealed WHERE ` + mine + `)`
	changes := map[string]string{
		"one bit": `UPDATE sealed SET blob = CAST(substr(blob, 1, 20) || (CASE hex(substr(blob, 21, 1)) WHEN '00' THEN x'01' ELSE x'00' END) ||
			substr(blob, 22) AS BLOB) WHERE ` + first,
		"truncated":              `UPDATE sealed SET blob = substr(blob, 1, length(blob) - 1) WHERE ` + first,
		"empty":                  `UPDATE sealed SET blob = x'' WHERE ` + first,
		"removed":                `DELETE FROM sealed WHERE ` + first,
		"all removed":            `DELETE FROM sealed WHERE ` + mine,
		"of another table":       `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE request = (SELECT num FROM request WHERE id = $1) AND tab <> $2 ORDER BY seq LIMIT 1) WHERE ` + first,
		"of another request":     `UPDATE sealed SET blob = (SELECT blob FROM sealed WHERE request = (SELECT num FROM request WHERE id = $3) AND tab = $2 LIMIT 1) WHERE ` + first,
		"moved from another one": `UPDATE OR REPLACE sealed SET request = (SELECT num FROM request WHERE id = $1) WHERE request = (SELECT num FROM request WHERE id = $3) AND tab = $2`,
		"older version":          `UPDATE sealed SET blob = (SELECT o.blob FROM old.sealed o WHERE o.id = sealed.id AND o.tab = $2) WHERE ` + mine + ` AND EXISTS (SELECT 1 FROM old.sealed o WHERE o.id = sealed.id AND o.tab = $2 AND o.blob <> sealed.blob)`,
	}
	tables := sealedTables(t, home, demo.Request)
	if len(tables) < 6 {
		t.Fatalf("the tables of the request are %v", tables)
	}
	for _, table := range tables {
		for name, query := range changes {
			if name == "older version" && (table == "request" || table == "aside") {
				continue // these rows are written once
			}
			if name == "moved from another one" && table == "aside" && !slices.Contains(sealedTables(t, home, second), "aside") {
				continue
			}
			t.Run(table+" "+name, func(t *testing.T) {
				copied := filepath.Join(t.TempDir(), "home")
				copyAll(t, home, copied)
				onDatabase(t, copied, func(db *sql.DB) {
					if _, err := db.Exec(`ATTACH DATABASE '` + filepath.Join(old, "data", "sinusta.db") + `' AS old`); err != nil {
						t.Fatal(err)
					}
					args := []any{demo.Request, table, second}
					for n := 3; n > 0 && !strings.Contains(query, "$"+string(rune('0'+n))); n-- {
						args = args[:n-1]
					}
					execute(t, db, query, args...)
				})
				detected(t, copied, demo.Request, table, name == "removed" || name == "older version")
			})
		}
	}
}

var goOn = regexp.MustCompile("restore|`sinusta request run|erase the request")

// detected fails unless every command that shows what a request holds refuses,
// with what to do, and writes nothing; without everywhere, only the report is tried.
func detected(t *testing.T, home, request, table string, everywhere bool) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report")
	results := map[string]ran{"report": call(t, home, "", "report", request, "--out", out)}
	if everywhere {
		results["coverage"] = call(t, home, "", "coverage", request)
		results["search"] = call(t, home, "ma*\n", "search", request)
	}
	for name, r := range results {
		if r.code != exitFailed || !goOn.MatchString(r.err) || r.out != "" {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.err)
		}
		if name == "report" && table != "" && !strings.Contains(r.err, "table "+table) && !strings.Contains(r.err, "not finished") && !strings.Contains(r.err, "has not been run") {
			t.Errorf("%s does not name the table: %s", name, r.err)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err == nil {
		t.Error("a report was written")
	}
}

// A database that is put back as it once was has valid rows. The log knows
// better; asking every system anew mends it.
func TestReplayedDatabaseIsDetected(t *testing.T) {
	demo, home, _ := twoRequests(t, "32")
	old := filepath.Join(t.TempDir(), "data")
	copyAll(t, filepath.Join(home, "data"), old)
	must(t, home, "", "request", "run", demo.Request, "--again")
	if err := os.RemoveAll(filepath.Join(home, "data")); err != nil {
		t.Fatal(err)
	}
	copyAll(t, old, filepath.Join(home, "data"))
	detected(t, home, demo.Request, "", true)
	if r := call(t, home, "", "request", "run", demo.Request); r.code != exitFailed || !strings.Contains(r.err, "--again") {
		t.Errorf("the run goes on from rows of an earlier one: exit code %d: %s", r.code, r.err)
	}
	must(t, home, "", "request", "run", demo.Request, "--again")
	must(t, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "report2"))
	must(t, home, "", "audit", "verify", "--checkpoint", demo.ReportJSON)
}

// secretsOf are the keys that are left in an installation: of each request, of the
// organisation and of the log, with every derivation that makes a key for rows.
func secretsOf(t *testing.T, home string) (blobKeys [][]byte, byRequest map[string][]byte) {
	t.Helper()
	ids, err := age.ParseIdentities(strings.NewReader(read(t, filepath.Join(home, "keys", "organisation.age"))))
	if err != nil {
		t.Fatal(err)
	}
	byRequest = map[string][]byte{}
	raws := [][]byte{}
	wrapped, err := filepath.Glob(filepath.Join(home, "keys", "requests", "*.age"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range wrapped {
		r, err := age.Decrypt(strings.NewReader(read(t, path)), ids...)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		key := plain[len(plain)-32:]
		raws = append(raws, key)
		byRequest[strings.TrimSuffix(filepath.Base(path), ".age")] = key
	}
	for line := range strings.Lines(read(t, filepath.Join(home, "keys", "audit.key"))) {
		line = strings.TrimSpace(line)
		if raw, err := hex.DecodeString(line); err == nil && len(raw) == 32 {
			raws = append(raws, raw)
		}
		if raw, err := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, '+')+1:]); err == nil && len(raw) == 33 {
			raws = append(raws, raw[1:])
		}
	}
	sum := sha256.Sum256([]byte(read(t, filepath.Join(home, "keys", "organisation.age"))))
	raws = append(raws, sum[:])
	for _, raw := range raws {
		blobKeys = append(blobKeys, raw)
		for _, what := range []string{"sinusta store 1 blob", "sinusta store 1 row id"} {
			key, err := hkdf.Key(sha256.New, raw, nil, what, 32)
			if err != nil {
				t.Fatal(err)
			}
			blobKeys = append(blobKeys, key)
		}
	}
	return blobKeys, byRequest
}

// readable counts the rows of a request in a database that some key opens, as the
// package comment of core/store describes them.
func readable(t *testing.T, path, request string, keys [][]byte) (rows, opened int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.Query(`SELECT tab, id, blob FROM sealed WHERE request = (SELECT num FROM request WHERE id = ?)`, request)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for list.Next() {
		var tab string
		var id, blob []byte
		if err := list.Scan(&tab, &id, &blob); err != nil {
			t.Fatal(err)
		}
		rows++
		var bound []byte
		for _, part := range []string{request, tab, string(id)} {
			bound = append(binary.AppendUvarint(bound, uint64(len(part))), part...)
		}
		for _, key := range keys {
			block, err := aes.NewCipher(key)
			if err != nil {
				t.Fatal(err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := aead.Open(nil, blob[:12], blob[12:], bound); err == nil {
				opened++
				break
			}
		}
	}
	return rows, opened
}

// After a request was erased, nothing of it can be decrypted, in no copy of
// the installation without keys/requests, with all keys that remain.
func TestErasedRequestCannotBeDecrypted(t *testing.T) {
	demo, home, second := twoRequests(t, "33")
	copies := t.TempDir()
	copyAll(t, filepath.Join(home, "data"), filepath.Join(copies, "data"))
	copyAll(t, home, filepath.Join(copies, "home"))
	if err := os.RemoveAll(filepath.Join(copies, "home", "keys")); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(home, "keys", "requests", demo.Request+".age")
	wrapped := []byte(read(t, keyFile))
	before, byRequest := secretsOf(t, home)
	key := byRequest[demo.Request]
	path := filepath.Join(copies, "data", "sinusta.db")
	if rows, opened := readable(t, path, demo.Request, before); rows < 30 || opened != rows {
		t.Fatalf("before it was erased %d of %d rows can be read: the test does not know the form of the rows", opened, rows)
	}
	must(t, home, "", "request", "rm", demo.Request, "--yes")

	left, _ := secretsOf(t, home)
	if len(left) != len(before)-3 {
		t.Fatalf("%d keys are left of %d", len(left), len(before))
	}
	for _, db := range []string{path, filepath.Join(copies, "home", "data", "sinusta.db")} {
		if rows, opened := readable(t, db, demo.Request, left); rows < 30 || opened != 0 {
			t.Errorf("%d of %d rows of the erased request can be read in a copy", opened, rows)
		}
		if rows, opened := readable(t, db, second, left); rows < 30 || opened != rows {
			t.Errorf("%d of %d rows of the other request can be read in a copy", opened, rows)
		}
	}
	if rows, _ := readable(t, filepath.Join(home, "data", "sinusta.db"), demo.Request, left); rows != 0 {
		t.Errorf("%d rows are left", rows)
	}
	// Neither the key nor the wrapped key is in any file, also not where something was removed.
	body := wrapped[len(wrapped)-48:]
	for _, dir := range []string{home, copies} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw := []byte(read(t, path))
			for what, secret := range map[string][]byte{"its key": key, "its key in hexadecimal": []byte(hex.EncodeToString(key)),
				"its key in base64": []byte(base64.RawStdEncoding.EncodeToString(key)), "its wrapped key": body} {
				if bytes.Contains(raw, secret) {
					t.Errorf("%s holds %s", path, what)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The product says so too, when the copy comes back.
	if err := os.RemoveAll(filepath.Join(home, "data")); err != nil {
		t.Fatal(err)
	}
	copyAll(t, filepath.Join(copies, "data"), filepath.Join(home, "data"))
	if r := call(t, home, "", "report", demo.Request, "--out", filepath.Join(demo.dir, "report2")); r.code != exitFailed || !strings.Contains(r.err, "erased") {
		t.Errorf("report: exit code %d: %s", r.code, r.err)
	}
	if r := call(t, home, "", "request", "list"); r.code != exitFailed || !strings.Contains(r.out, second) || !strings.Contains(r.err, demo.Request) {
		t.Errorf("list: exit code %d: %s%s", r.code, r.out, r.err)
	}
	must(t, home, "", "request", "rm", demo.Request, "--yes") // what the copy brought back goes again
	if out := must(t, home, "", "request", "list"); strings.Contains(out, demo.Request) {
		t.Error("the erased request is listed")
	}
}
