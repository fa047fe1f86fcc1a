package document

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkExtract reads each file of testdata: the cost of one small
// document of each format.
func BenchmarkExtract(b *testing.B) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		b.Fatal(err, len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(name), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Extract(b.Context(), bytes.NewReader(data), int64(len(data)), name, Limits{}, func(Piece) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
