package document

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// mostDirectory is the most that the directory of a compound file may take,
// in bytes: 130,000 entries.
const mostDirectory = 16 << 20

// openCompound opens a compound file. Its header states how many sectors it
// has; mscfb makes room for them at once, so they must fit into the file.
func openCompound(src io.ReaderAt, size int64) (*mscfb.Reader, error) {
	head := make([]byte, 512)
	if n, err := src.ReadAt(head, 0); n < len(head) {
		if h := halted(err); h != nil {
			return nil, h
		}
		return nil, fault(ReasonDamaged)
	}
	for _, at := range []int{40, 44, 64, 72} { // sectors of directory, FAT, mini FAT and DIFAT
		if n := int64(binary.LittleEndian.Uint32(head[at:])); n > size/512 {
			return nil, fault(ReasonDamaged)
		}
	}
	// mscfb follows the directory entry by entry, one within the other: the
	// bytes of it bound how deep.
	bounded := &directoryReader{src, mostDirectory}
	c, err := mscfb.New(bounded)
	if bounded.left < 0 {
		return nil, fault(ReasonTooMany)
	}
	bounded.left = 1 << 62
	if err != nil || len(c.File) == 0 {
		if h := halted(err); h != nil {
			return nil, h
		}
		return nil, fault(ReasonDamaged)
	}
	return c, nil
}

// detectOLE tells what program wrote a compound file.
func detectOLE(src io.ReaderAt, size int64) (Format, error) {
	c, err := openCompound(src, size)
	if err != nil {
		return FormatOLE, err
	}
	format := FormatOLE
	for _, e := range c.File {
		if len(e.Path) > 0 {
			continue
		}
		switch e.Name {
		case "WordDocument":
			return FormatDOC, nil
		case "Workbook", "Book":
			return FormatXLS, nil
		case "PowerPoint Document":
			return FormatPPT, nil
		case "EncryptedPackage":
			return FormatProtected, nil
		case "__properties_version1.0":
			format = FormatMSG
		}
	}
	return format, nil
}

// msgReader reads the storages of an Outlook message.
type msgReader struct {
	*file
	streams map[string][]*mscfb.File // by the path of their storage
}

// readMSG reads an Outlook message: every property that is text, its
// recipients, and its attachments as files.
func (f *file) readMSG(src io.ReaderAt, size int64) error {
	c, err := openCompound(src, size)
	if err != nil {
		return err
	}
	m := &msgReader{file: f, streams: map[string][]*mscfb.File{}}
	for i, e := range c.File {
		if i > f.limits.Members*20 {
			return fault(ReasonTooMany)
		}
		if err := f.tick(); err != nil {
			return err
		}
		if len(e.Path) > f.limits.Nesting {
			return fault(ReasonTooDeep)
		}
		dir := strings.Join(e.Path, "/")
		m.streams[dir] = append(m.streams[dir], e)
	}
	return m.message("", 0)
}

// message reads the message in the storage dir.
func (m *msgReader) message(dir string, depth int) error {
	if depth > m.limits.Depth {
		return fault(ReasonTooDeep)
	}
	if m.parts++; m.parts > m.limits.Parts {
		return fault(ReasonTooMany)
	}
	if err := m.texts(dir, depth); err != nil {
		return err
	}
	for _, e := range m.streams[dir] {
		path := strings.TrimPrefix(dir+"/"+e.Name, "/")
		switch {
		case strings.HasPrefix(e.Name, "__recip_"):
			if err := m.texts(path, depth); err != nil {
				return err
			}
		case strings.HasPrefix(e.Name, "__attach_"):
			if err := m.attachment(path, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// propertyName names the properties that people know; the others go by their
// number.
var propertyName = map[string]string{
	"0037": "Subject", "0042": "Sent representing", "0065": "Sent representing address", "0C1A": "From", "0C1F": "From address",
	"5D01": "From address", "5D02": "Sent representing address", "0E02": "Bcc", "0E03": "Cc", "0E04": "To", "007D": "Transport headers",
	"1000": "Body", "1013": "HTML", "1009": "RTF", "3001": "Name", "3003": "Address", "39FE": "Address", "0070": "Topic", "1035": "Message-ID",
	"3FFA": "Last modified by", "3FF8": "Created by",
}

// dullProperties hold no text for people.
var dullProperties = []string{"001A", "3002", "0064", "0C1E", "0075", "0077", "3FFB", "300B", "0C19", "0041", "003B", "0C1D", "0E58"}

// texts hands over the properties of one storage that are text.
func (m *msgReader) texts(dir string, depth int) error {
	streams := slices.Clone(m.streams[dir])
	slices.SortStableFunc(streams, func(a, b *mscfb.File) int { return strings.Compare(rankOf(a.Name), rankOf(b.Name)) })
	for _, e := range streams {
		id, kind, ok := propertyOf(e.Name)
		if !ok || slices.Contains(dullProperties, id) {
			continue
		}
		isBody := id == "1000" || id == "1013" || id == "1009"
		if kind != "001F" && kind != "001E" && (kind != "0102" || !isBody) {
			continue
		}
		data, release, err := m.hold(m.metered(&io.LimitedReader{R: e, N: e.Size}, 0))
		if err == nil {
			err = m.text(id, kind, data, depth)
		}
		release()
		if err := m.keep(err); err != nil {
			return err
		}
	}
	return m.times(dir, depth)
}

// rankOf puts the fields of a message before its body.
func rankOf(name string) string {
	if id, _, ok := propertyOf(name); ok && (id == "1000" || id == "1013" || id == "1009") {
		return "~" + name
	}
	return name
}

func propertyOf(name string) (id, kind string, ok bool) {
	tag, ok := strings.CutPrefix(name, "__substg1.0_")
	if !ok || len(tag) != 8 {
		return "", "", false
	}
	return tag[:4], tag[4:], true
}

func (m *msgReader) text(id, kind string, data []byte, depth int) error {
	switch {
	case id == "1009" && kind == "0102":
		return m.richText(data)
	case id == "1013" && kind == "0102":
		return m.html(bytes.NewReader(data), data[:min(len(data), 4096)], "text/html", func() Place { return Place{} })
	}
	text := ""
	if kind == "001F" {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data[:len(data)&^1])
		if err != nil {
			return fault(ReasonDamaged)
		}
		text = string(out)
	} else {
		text = decodeLines(data)
	}
	text = strings.TrimRight(text, "\x00")
	switch id {
	case "1000":
		return m.say(Piece{Role: RoleBody, Text: text})
	case "1013":
		return m.html(strings.NewReader(text), nil, "text/html; charset=utf-8", func() Place { return Place{} })
	case "0037":
		if depth == 0 {
			m.Meta.Title = strings.TrimSpace(normalise(text[:min(len(text), 1000)]))
		}
	case "3FFA":
		if depth == 0 {
			m.Meta.LastModifiedBy = strings.TrimSpace(normalise(text[:min(len(text), 1000)]))
		}
	}
	name, known := propertyName[id]
	if !known {
		name = "0x" + id
	}
	return m.say(Piece{Role: RoleHeader, Hidden: !known, Place: Place{Unit: UnitHeader, Name: name}, Text: text})
}

// times reads when the message was sent and changed, from the properties of
// fixed length.
func (m *msgReader) times(dir string, depth int) error {
	if depth > 0 || dir != "" {
		return nil
	}
	for _, e := range m.streams[dir] {
		if e.Name != "__properties_version1.0" {
			continue
		}
		data, release, err := m.hold(m.metered(&io.LimitedReader{R: e, N: min(e.Size, 64<<10)}, 0))
		release()
		if err != nil {
			return m.keep(err)
		}
		for at := 32; at+16 <= len(data); at += 16 {
			tag, value := binary.LittleEndian.Uint32(data[at:]), binary.LittleEndian.Uint64(data[at+8:])
			when := fileTime(value)
			switch tag {
			case 0x00390040:
				m.Meta.Created = when
				if err := m.say(Piece{Role: RoleHeader, Place: Place{Unit: UnitHeader, Name: "Date"}, Text: when.Format(time.RFC3339)}); err != nil {
					return err
				}
			case 0x30080040:
				m.Meta.Modified = when
			}
		}
	}
	return nil
}

// fileTime reads a time of Windows: tenths of microseconds since 1601.
func fileTime(v uint64) time.Time {
	const to1970 = 116444736000000000
	if v < to1970 || v > to1970+1<<58 {
		return time.Time{}
	}
	v -= to1970
	return time.Unix(int64(v/1e7), int64(v%1e7)*100).UTC()
}

// attachment reads one attachment: a file, or a message within the message.
func (m *msgReader) attachment(dir string, depth int) error {
	name, data := "", (*mscfb.File)(nil)
	for _, e := range m.streams[dir] {
		id, kind, ok := propertyOf(e.Name)
		switch {
		case !ok:
		case (id == "3707" || id == "3704" && name == "" || id == "3001" && name == "") && (kind == "001F" || kind == "001E"):
			raw := make([]byte, min(e.Size, 2048))
			n, _ := io.ReadFull(e, raw)
			if kind == "001F" {
				out, _ := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(raw[:n&^1])
				name = strings.TrimRight(string(out), "\x00")
			} else {
				out, _ := charmap.Windows1252.NewDecoder().Bytes(raw[:n])
				name = strings.TrimRight(string(out), "\x00")
			}
		case id == "3701" && kind == "0102":
			data = e
		case id == "3701" && kind == "000D":
			return m.embedded(dir+"/"+e.Name, depth)
		}
	}
	if name == "" {
		name = "(attachment)"
	}
	if data == nil {
		m.trouble(Trouble{Reason: ReasonUnsupported, Part: "attachment by reference"})
		return m.say(Piece{Role: RoleName, Text: name})
	}
	return m.inside(name, data.Size, func() (io.Reader, error) {
		return m.metered(&io.LimitedReader{R: data, N: data.Size}, 0), nil
	})
}

// embedded reads a storage that is attached: a message, or the object of
// another program, which is told.
func (m *msgReader) embedded(dir string, depth int) error {
	for _, e := range m.streams[dir] {
		if e.Name == "__properties_version1.0" {
			return m.keep(m.message(dir, depth+1))
		}
	}
	m.active(ActiveObjects)
	m.trouble(Trouble{Reason: ReasonUnsupported, Part: "object"})
	return nil
}

// richText reads the body as RTF, which is packed: the text of a message that
// has no other body.
func (m *msgReader) richText(packed []byte) error {
	data, err := unpackRTF(packed, m.limits.Member)
	if err != nil {
		return err
	}
	sub := &file{File: m.File, extraction: m.extraction}
	err = sub.readRTF(bytes.NewReader(data), int64(len(data)))
	m.Troubles, m.Active, m.Pieces, m.Characters, m.Images = sub.Troubles, sub.Active, sub.Pieces, sub.Characters, sub.Images
	return err
}

// rtfDictionary is what the window of packed RTF holds at first
// ([MS-OXRTFCP] 2.1.2.1).
const rtfDictionary = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// unpackRTF undoes the packing of [MS-OXRTFCP].
func unpackRTF(in []byte, most int64) ([]byte, error) {
	if len(in) < 16 {
		return nil, fault(ReasonDamaged)
	}
	size := int64(binary.LittleEndian.Uint32(in[4:]))
	if size > most {
		return nil, fault(ReasonTooLarge)
	}
	switch string(in[8:12]) {
	case "MELA":
		return in[16:min(int64(len(in)), 16+size)], nil
	case "LZFu":
	default:
		return nil, fault(ReasonDamaged)
	}
	var window [4096]byte
	at := copy(window[:], rtfDictionary)
	var out []byte
	in = in[16:]
	for len(in) > 0 && int64(len(out)) < size {
		flags := in[0]
		in = in[1:]
		for bit := 0; bit < 8 && len(in) > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, in[0])
				window[at] = in[0]
				at = (at + 1) % len(window)
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out, nil
			}
			ref := int(in[0])<<8 | int(in[1])
			in = in[2:]
			from := ref >> 4
			if from == at {
				return out, nil // the end
			}
			for range ref&0xF + 2 {
				c := window[from%len(window)]
				out = append(out, c)
				window[at] = c
				at = (at + 1) % len(window)
				from++
			}
		}
	}
	return out, nil
}
