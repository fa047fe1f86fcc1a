package identifier

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/recent"
)

// Reader reads texts as ParseAll does, and remembers what it read last. The
// zero value is ready; it may be used by several goroutines.
type Reader struct {
	seen recent.Answers[core.Kind, []core.Identifier]
}

// ParseAll gives what the function ParseAll gives. The result is shared: it
// must not be changed.
func (r *Reader) ParseAll(kind core.Kind, text string) []core.Identifier {
	return r.seen.Of(kind, text, func() []core.Identifier { return ParseAll(kind, text) })
}
