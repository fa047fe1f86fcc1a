package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// directoryReader bounds how much of an archive its directory may take, since
// archive/zip reads all of it at once.
type directoryReader struct {
	io.ReaderAt
	left int64
}

func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.ReaderAt.ReadAt(p, off)
	if d.left -= int64(n); d.left < 0 {
		return 0, fault(ReasonTooMany)
	}
	return n, err
}

// archive is an opened zip file.
type archive struct {
	files   []*zip.File
	names   map[string]*zip.File
	comment string
}

func openZip(src io.ReaderAt, size int64, members int) (*archive, error) {
	bounded := &directoryReader{src, 128<<10 + int64(members)*1024}
	z, err := zip.NewReader(bounded, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are labels
		var f *faultError
		if errors.As(err, &f) || halted(err) != nil {
			return nil, err
		}
		return nil, fault(ReasonDamaged)
	}
	bounded.left = 1 << 62 // the members have bounds of their own
	a := &archive{files: z.File, names: map[string]*zip.File{}, comment: z.Comment}
	for _, f := range z.File {
		if _, twice := a.names[f.Name]; !twice {
			a.names[f.Name] = f
		}
	}
	return a, nil
}

// overlapping tells whether members share bytes of the archive: no program
// writes that, and it makes a small file grow without end.
func (a *archive) overlapping(tick func() error) (bool, error) {
	type span struct{ from, to int64 }
	spans := make([]span, 0, len(a.files))
	for _, f := range a.files {
		if err := tick(); err != nil {
			return false, err
		}
		from, err := f.DataOffset()
		if err != nil {
			if h := halted(err); h != nil {
				return false, h
			}
			continue // it will be told as damaged when it is read
		}
		if f.CompressedSize64 > 0 {
			spans = append(spans, span{from, from + int64(min(f.CompressedSize64, 1<<62))})
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return true, nil
		}
	}
	return false, nil
}

// open gives the bounded content of a member.
func (f *file) openMember(m *zip.File) (io.Reader, error) {
	if m.Flags&1 != 0 {
		return nil, fault(ReasonEncrypted)
	}
	if m.UncompressedSize64 > uint64(f.limits.Member) {
		return nil, fault(ReasonTooLarge)
	}
	r, err := m.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, fault(ReasonUnsupported)
	}
	if err != nil {
		return nil, err
	}
	return f.metered(r, int64(max(1, min(m.CompressedSize64, 1<<62)))), nil
}

// readZip reads every member as a file of its own.
func (f *file) readZip(src io.ReaderAt, size int64) error {
	a, err := openZip(src, size, f.limits.Members)
	if err != nil {
		return err
	}
	if over, err := a.overlapping(f.tick); err != nil {
		return err
	} else if over {
		return fault(ReasonBomb)
	}
	for i, m := range a.files {
		if i >= f.limits.Members {
			return fault(ReasonTooMany)
		}
		if strings.HasSuffix(m.Name, "/") && m.UncompressedSize64 == 0 {
			if err := f.say(Piece{Role: RoleName, Text: label(memberName(m))}); err != nil {
				return err
			}
			continue
		}
		err := f.inside(memberName(m), int64(min(m.UncompressedSize64, 1<<62)), func() (io.Reader, error) { return f.openMember(m) })
		if err != nil {
			return err
		}
	}
	return f.say(Piece{Role: RoleComment, Text: decodeOEM(a.comment)})
}

// memberName gives the name in UTF-8: what is not marked as UTF-8 was written
// in the code page of the console, in which Windows packs Finnish names.
func memberName(m *zip.File) string {
	if m.NonUTF8 {
		return decodeOEM(m.Name)
	}
	return m.Name
}

func decodeOEM(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			out, err := charmap.CodePage850.NewDecoder().String(s)
			if err != nil {
				return s
			}
			return out
		}
	}
	return s
}

// detectZip tells the formats apart that are zip files.
func detectZip(src io.ReaderAt, size int64) Format {
	a, err := openZip(src, size, DefaultLimits().Members)
	if err != nil {
		return FormatZIP // the reading will tell why
	}
	for name, format := range map[string]Format{
		"word/document.xml": FormatDOCX, "word/document2.xml": FormatDOCX, "xl/workbook.xml": FormatXLSX,
		"ppt/presentation.xml": FormatPPTX, "xl/workbook.bin": FormatXLSB,
	} {
		if a.names[name] != nil && a.names["[Content_Types].xml"] != nil {
			return format
		}
	}
	if a.names["content.xml"] == nil {
		return FormatZIP
	}
	m := a.names["mimetype"]
	if m == nil {
		return FormatZIP
	}
	r, err := m.Open()
	if err != nil {
		return FormatZIP
	}
	defer r.Close()
	kind := make([]byte, 100)
	n, _ := io.ReadFull(r, kind)
	switch kind = kind[:n]; {
	case bytes.Contains(kind, []byte("opendocument.text")):
		return FormatODT
	case bytes.Contains(kind, []byte("opendocument.spreadsheet")):
		return FormatODS
	case bytes.Contains(kind, []byte("opendocument.presentation")), bytes.Contains(kind, []byte("opendocument.graphics")):
		return FormatODP
	}
	return FormatZIP
}
