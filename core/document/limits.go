package document

import "time"

// Limits bounds what one call of Extract may take. A member that is zero or
// below takes its value of DefaultLimits.
type Limits struct {
	Input    int64         // bytes of the file itself
	Unpacked int64         // bytes unpacked, of all members and streams at all levels together
	Member   int64         // bytes unpacked of one member, part or stream
	Held     int64         // bytes of members held in memory at once
	Text     int64         // bytes of text handed over
	Ratio    int64         // unpacked to packed bytes of one member, from 8 MiB unpacked
	Members  int           // files in files, and parts of one package
	Depth    int           // files within files within files
	Nesting  int           // elements, groups or objects within each other
	Token    int64         // bytes of one piece of markup, one line or one header
	Cells    int           // cells of spreadsheets and tables of text
	Pages    int           // pages, slides and sheets
	Parts    int           // parts of mail messages
	Objects  int           // objects of a PDF
	Time     time.Duration // of the whole call
}

// DefaultLimits are the limits for one file of a file share: generous for what
// people write, and small enough for a plugin process beside fifty others.
func DefaultLimits() Limits {
	const mib = 1 << 20
	return Limits{
		Input:    512 * mib,
		Unpacked: 1024 * mib,
		Member:   256 * mib,
		Held:     128 * mib,
		Text:     128 * mib,
		Ratio:    250,
		Members:  10_000,
		Depth:    6,
		Nesting:  256,
		Token:    4 * mib,
		Cells:    5_000_000,
		Pages:    20_000,
		Parts:    1_000,
		Objects:  1_000_000,
		Time:     2 * time.Minute,
	}
}

func (l Limits) filled() Limits {
	d := DefaultLimits()
	for _, p := range []struct{ have, def *int64 }{
		{&l.Input, &d.Input}, {&l.Unpacked, &d.Unpacked}, {&l.Member, &d.Member}, {&l.Held, &d.Held},
		{&l.Text, &d.Text}, {&l.Ratio, &d.Ratio}, {&l.Token, &d.Token},
	} {
		if *p.have <= 0 {
			*p.have = *p.def
		}
	}
	for _, p := range []struct{ have, def *int }{
		{&l.Members, &d.Members}, {&l.Depth, &d.Depth}, {&l.Nesting, &d.Nesting}, {&l.Cells, &d.Cells},
		{&l.Pages, &d.Pages}, {&l.Parts, &d.Parts}, {&l.Objects, &d.Objects},
	} {
		if *p.have <= 0 {
			*p.have = *p.def
		}
	}
	if l.Time <= 0 {
		l.Time = d.Time
	}
	return l
}
