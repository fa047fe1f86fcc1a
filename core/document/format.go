package document

import (
	"bytes"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Format is the format of a file, by its content.
type Format string

// The formats. Those of the second group are recognised and not read.
const (
	FormatEmpty Format = "empty" // no bytes
	FormatDOCX  Format = "docx"
	FormatXLSX  Format = "xlsx"
	FormatPPTX  Format = "pptx"
	FormatODT   Format = "odt"
	FormatODS   Format = "ods"
	FormatODP   Format = "odp"
	FormatPDF   Format = "pdf"
	FormatRTF   Format = "rtf"
	FormatText  Format = "txt"
	FormatCSV   Format = "csv"
	FormatHTML  Format = "html"
	FormatXML   Format = "xml"
	FormatEML   Format = "eml"
	FormatMSG   Format = "msg"
	FormatZIP   Format = "zip"

	FormatDOC       Format = "doc"
	FormatXLS       Format = "xls"
	FormatPPT       Format = "ppt"
	FormatXLSB      Format = "xlsb"
	FormatProtected Format = "protected_office" // an office file behind a password
	FormatOLE       Format = "ole"
	FormatImage     Format = "image"
	FormatArchive   Format = "archive" // of another kind than zip
	FormatMedia     Format = "media"   // sound and video
	FormatUnknown   Format = "unknown"
)

// byExtension is what the end of a name promises.
var byExtension = map[string]Format{
	".docx": FormatDOCX, ".docm": FormatDOCX, ".dotx": FormatDOCX, ".dotm": FormatDOCX,
	".xlsx": FormatXLSX, ".xlsm": FormatXLSX, ".xltx": FormatXLSX, ".xltm": FormatXLSX,
	".pptx": FormatPPTX, ".pptm": FormatPPTX, ".ppsx": FormatPPTX, ".potx": FormatPPTX,
	".odt": FormatODT, ".ott": FormatODT, ".fodt": FormatODT, ".ods": FormatODS, ".ots": FormatODS, ".fods": FormatODS,
	".odp": FormatODP, ".otp": FormatODP, ".fodp": FormatODP,
	".pdf": FormatPDF, ".rtf": FormatRTF, ".txt": FormatText, ".md": FormatText, ".log": FormatText,
	".csv": FormatCSV, ".tsv": FormatCSV, ".html": FormatHTML, ".htm": FormatHTML, ".xhtml": FormatHTML, ".xml": FormatXML,
	".eml": FormatEML, ".msg": FormatMSG, ".zip": FormatZIP,
	".doc": FormatDOC, ".dot": FormatDOC, ".xls": FormatXLS, ".ppt": FormatPPT, ".xlsb": FormatXLSB,
	".jpg": FormatImage, ".jpeg": FormatImage, ".png": FormatImage, ".gif": FormatImage, ".tif": FormatImage,
	".tiff": FormatImage, ".bmp": FormatImage, ".webp": FormatImage, ".heic": FormatImage,
	".7z": FormatArchive, ".rar": FormatArchive, ".tar": FormatArchive, ".gz": FormatArchive,
	".mp3": FormatMedia, ".wav": FormatMedia, ".mp4": FormatMedia, ".avi": FormatMedia,
}

func formatByName(name string) Format {
	if f, ok := byExtension[strings.ToLower(path.Ext(name))]; ok {
		return f
	}
	return FormatUnknown
}

// agrees tells whether content of a format may bear the name that it has.
func agrees(says, is Format) bool {
	switch is {
	case says, FormatUnknown, FormatEmpty:
		return true
	case FormatProtected:
		return says == FormatDOCX || says == FormatXLSX || says == FormatPPTX
	case FormatText, FormatCSV:
		return says == FormatText || says == FormatCSV
	}
	return false
}

const headBytes = 64 << 10

// detect tells the format by content; the name decides only between kinds of
// plain text. media is the type by content of what is no format of ours.
func detect(src io.ReaderAt, size int64, name string) (Format, string, error) {
	head := make([]byte, min(size, headBytes))
	if n, err := src.ReadAt(head, 0); n < len(head) {
		return FormatUnknown, "", err
	}
	switch {
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")):
		return FormatPDF, "", nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		format, err := detectOLE(src, size)
		return format, "", err
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return detectZip(src, size), "", nil
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte(`{\rtf`)):
		return FormatRTF, "", nil
	}
	if text, ok := sniffText(head); ok {
		return detectText(text, name), "", nil
	}
	media := mimetype.Detect(head).String()
	switch kind, _, _ := strings.Cut(media, "/"); kind {
	case "image":
		return FormatImage, media, nil
	case "audio", "video":
		return FormatMedia, media, nil
	}
	for _, archive := range []string{"7z", "rar", "tar", "gzip", "bzip2", "x-xz", "zstd", "cab"} {
		if strings.Contains(media, archive) {
			return FormatArchive, media, nil
		}
	}
	return FormatUnknown, media, nil
}

var (
	htmlStart = regexp.MustCompile(`(?i)^\s*(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html|<head|<body|<meta|<title|<table|<div|<p>|<p\s|<h[1-6]|<script)`)
	xmlStart  = regexp.MustCompile(`^\s*<(\?xml|[A-Za-z_][\w.-]*:?[\w.-]*[\s>/])`)
	flatODF   = regexp.MustCompile(`<office:document[\s>][^>]*office:mimetype="application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)`)
	mailField = regexp.MustCompile(`(?im)^(from|to|subject|date|received|mime-version|message-id|return-path|delivered-to|content-type|x-[\w-]+):`)
	mailStart = regexp.MustCompile(`^(From [^\n]+\n)?[A-Za-z][A-Za-z0-9-]*:`)
)

// detectText tells kinds of text apart, by the beginning of the text.
func detectText(head, name string) Format {
	says := formatByName(name)
	switch {
	case htmlStart.MatchString(head):
		return FormatHTML
	case flatODF.MatchString(head):
		switch flatODF.FindStringSubmatch(head)[1] {
		case "text":
			return FormatODT
		case "spreadsheet":
			return FormatODS
		}
		return FormatODP
	case xmlStart.MatchString(head) && (strings.Contains(head, "<?xml") || says == FormatXML):
		if strings.Contains(head, "http://www.w3.org/1999/xhtml") {
			return FormatHTML
		}
		return FormatXML
	case mailStart.MatchString(head):
		top, _, _ := strings.Cut(strings.ReplaceAll(head, "\r\n", "\n"), "\n\n")
		if fields := mailField.FindAllString(top, -1); says == FormatEML || distinct(fields) >= 3 {
			return FormatEML
		}
	}
	if says == FormatCSV {
		return FormatCSV
	}
	return FormatText
}

func distinct(fields []string) int {
	seen := map[string]bool{}
	for _, f := range fields {
		if f = strings.ToLower(f); !strings.HasPrefix(f, "x-") {
			seen[f] = true
		}
	}
	return len(seen)
}

// readerOf gives the function that reads a format; nil if there is none.
func readerOf(format Format) func(*file, io.ReaderAt, int64) error {
	switch format {
	case FormatDOCX, FormatXLSX, FormatPPTX:
		return (*file).readOOXML
	case FormatODT, FormatODS, FormatODP:
		return (*file).readODF
	case FormatPDF:
		return (*file).readPDF
	case FormatRTF:
		return (*file).readRTF
	case FormatText:
		return (*file).readText
	case FormatCSV:
		return (*file).readCSV
	case FormatHTML:
		return (*file).readHTML
	case FormatXML:
		return (*file).readXML
	case FormatEML:
		return (*file).readEML
	case FormatMSG:
		return (*file).readMSG
	case FormatZIP:
		return (*file).readZip
	case FormatProtected:
		return func(*file, io.ReaderAt, int64) error { return fault(ReasonEncrypted) }
	}
	return nil
}
