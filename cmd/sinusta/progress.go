package main

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
)

// progress shows a run: on a terminal a line for each system, redrawn in
// place; elsewhere a plain line when a system is done.
type progress struct {
	out     io.Writer
	live    bool
	width   int
	height  int
	systems []string
	names   map[string]string
	state   map[string]access.Update
	drawn   time.Time
	lines   int
}

const redrawEvery = 80 * time.Millisecond

// newProgress makes a progress display on w for the systems of the catalogue.
func newProgress(w io.Writer, c *catalogue.Catalogue, lang string) *progress {
	p := &progress{out: w, width: 80, height: 24, names: namesOf(c, lang), state: map[string]access.Update{}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		p.live = true
		if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 20 && height > 4 {
			p.width, p.height = width, height
		}
	}
	return p
}

// namesOf gives the name of each system of the catalogue.
func namesOf(c *catalogue.Catalogue, lang string) map[string]string {
	names := map[string]string{}
	for _, s := range c.Systems {
		names[s.ID] = s.Name.In(lang)
	}
	return names
}

// tellWait is the shortest wait that gets a line of its own.
const tellWait = time.Second

// update takes one sign of life.
func (p *progress) update(u access.Update) {
	if _, seen := p.state[u.System]; !seen {
		p.systems = append(p.systems, u.System)
		sort.Slice(p.systems, func(i, j int) bool { return catalogue.CompareIDs(p.systems[i], p.systems[j]) < 0 })
	}
	before := p.state[u.System]
	p.state[u.System] = u
	switch {
	case p.live && (u.State != before.State || time.Since(p.drawn) > redrawEvery):
		p.draw()
	case !p.live && u.State == access.Waiting && !u.Until.Equal(before.Until) && time.Until(u.Until) > tellWait:
		fmt.Fprintf(p.out, "%s: waiting until %s, %s\n", u.System, clock(u.Until), counted(u.Records, "record"))
	case !p.live && u.State == access.Finished:
		fmt.Fprintf(p.out, "%s: %s, %s, %s\n", u.System, ended(u), counted(u.Records, "record"), u.Took.Round(time.Millisecond))
	}
}

// ended says how an ask ended.
func ended(u access.Update) string {
	if u.Outcome.Final() {
		return "answered"
	}
	return strings.ReplaceAll(string(u.Outcome), "_", " ")
}

// draw writes every system's line over the last drawing. Where the window has
// too few lines, it shows the systems that are still asked, and how many have
// answered.
func (p *progress) draw() {
	p.drawn = time.Now()
	if p.lines > 0 {
		fmt.Fprintf(p.out, "\x1b[%dA\x1b[J", p.lines)
	}
	shown, room := p.systems, p.height-2
	if len(shown) > room {
		shown = nil
		for _, id := range p.systems {
			if p.state[id].State != access.Finished && len(shown) < room {
				shown = append(shown, id)
			}
		}
		fmt.Fprintf(p.out, "%d of %d systems have answered\n", p.finished(), len(p.systems))
	}
	p.lines = len(shown)
	if len(shown) < len(p.systems) {
		p.lines++
	}
	for _, id := range shown {
		u := p.state[id]
		mark, state := "…", string(u.State)
		switch {
		case u.State == access.Finished && u.Outcome.Final():
			mark, state = "✓", "answered"
		case u.State == access.Finished:
			mark, state = "✗", ended(u)
		case u.State == access.Waiting && !u.Until.IsZero():
			state = "waiting until " + clock(u.Until)
		}
		line := fmt.Sprintf("%s %-16s %-23s %6d %-7s  %s", mark, id, state, u.Records, plural(u.Records, "record"), p.names[id])
		fmt.Fprintf(p.out, "\r\x1b[K%s\n", cut(line, p.width-1))
	}
}

func (p *progress) finished() int {
	n := 0
	for _, u := range p.state {
		if u.State == access.Finished {
			n++
		}
	}
	return n
}

// done draws the last state.
func (p *progress) done() {
	if p.live && len(p.systems) > 0 {
		p.draw()
	}
}

func cut(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
