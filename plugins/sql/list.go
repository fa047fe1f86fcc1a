package sqlsource

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// listValues reads the values of a JSON list, those of lists in it too; false
// when it is none. Nulls hold nothing and are left out.
func listValues(text string, element class, zone *time.Location) ([]core.Value, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var list []any
	if err := d.Decode(&list); err != nil {
		return nil, false
	}
	return flat(nil, list, element, zone), true
}

func flat(out []core.Value, list []any, element class, zone *time.Location) []core.Value {
	for _, v := range list {
		switch v := v.(type) {
		case []any:
			out = flat(out, v, element, zone)
		case string:
			out = append(out, textValue(v, element, zone))
		case json.Number:
			out = append(out, writtenValue(v.String(), column{Class: element}, zone))
		case bool:
			out = append(out, core.FlagValue(v))
		case nil:
		default: // an object: a composite or JSON value
			text, _ := json.Marshal(v)
			out = append(out, core.TextValue(string(text)))
		}
	}
	return out
}
