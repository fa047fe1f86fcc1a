package csvsource

import (
	"errors"
	"regexp"
	"strings"
	"time"
)

// pattern finds the files of an export, and reads when each was made where
// their names tell it.
type pattern struct {
	match  *regexp.Regexp
	layout string // of the time in the name, "" for none
}

// stamps are the times that a pattern may hold.
var stamps = map[string]string{
	"yyyymmdd": "20060102", "yyyy-mm-dd": "2006-01-02", "yyyymm": "200601", "yyyy-mm": "2006-01",
	"yyyy-mm-dd-HHMM": "2006-01-02-1504", "yyyymmddHHMM": "200601021504", "yyyymmddHHMMSS": "20060102150405", "yyyymmdd-HHMMSS": "20060102-150405",
}

// readPattern reads a path below the folder with *, ** (which goes over
// folders), ? and one {time}.
func readPattern(s string) (p pattern, err error) {
	if s == "" || strings.HasPrefix(s, "/") || strings.Contains(s, `\`) {
		return p, errors.New("a pattern is a path below the folder, parted by /")
	}
	for _, part := range strings.Split(s, "/") {
		if part == "" || part == "." || part == ".." {
			return p, errors.New("a pattern has neither an empty part nor one of dots")
		}
	}
	var b strings.Builder
	b.WriteString("^")
	for s != "" {
		switch s[0] {
		case '*':
			if strings.HasPrefix(s, "**") {
				b.WriteString(".*")
				s = s[1:]
			} else {
				b.WriteString("[^/]*")
			}
		case '?':
			b.WriteString("[^/]")
		case '{':
			word, rest, ok := strings.Cut(s[1:], "}")
			layout := stamps[word]
			if !ok || layout == "" || p.layout != "" {
				return p, errors.New("{} holds the time of the export, once: " + strings.Join(sortedKeys(stamps), ", "))
			}
			p.layout = layout
			b.WriteString("(" + digit.ReplaceAllString(regexp.QuoteMeta(layout), "[0-9]") + ")")
			s = rest
			continue
		default:
			n := strings.IndexAny(s, "*?{")
			if n < 0 {
				n = len(s)
			}
			b.WriteString(regexp.QuoteMeta(s[:n]))
			s = s[n:]
			continue
		}
		s = s[1:]
	}
	p.match, err = regexp.Compile(b.String() + "$")
	return p, err
}

var digit = regexp.MustCompile(`[0-9]`)

// fits tells whether a file is of the export. made is zero where the name does
// not tell when; wrong is true for a name with a time that there is not.
func (p pattern) fits(path string, zone *time.Location) (made time.Time, wrong, ok bool) {
	found := p.match.FindStringSubmatch(path)
	if found == nil {
		return made, false, false
	}
	if p.layout == "" {
		return made, false, true
	}
	made, err := time.ParseInLocation(p.layout, found[1], zone)
	return made, err != nil, true
}
