package catalogue

import (
	"embed"
	"io/fs"
)

//go:embed templates
var templateFiles embed.FS

// Templates gives the files of a new installation, to be filled in by an
// information expert: organisation.yaml and the samples below catalogue/,
// commented. They load as they are; Lint names each value that still says
// FillIn.
func Templates() fs.FS {
	sub, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}
