package sqlsource

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
)

func TestZZBench(t *testing.T) {
	d := database{"sqlite", makeSQLite}
	{
		fam := []string{"Mäkinen", "Korhonen", "Virtanen", "Aho", "Nieminen", "Järvinen", "Oja", "Lehtonen", "Pääkkönen", "Sjöström", "Laine", "Hämäläinen", "Koskinen", "Saarinen", "Rantanen"}
		giv := []string{"Maija", "Eino", "Åke", "Veera", "Liisa", "Matti", "Pekka", "Sari", "Onni", "Päivi"}
		st := []string{peopleTable}
		const n = 100000
		for from := 0; from < n; from += 500 {
			var rows []string
			for i := from; i < from+500; i++ {
				rows = append(rows, fmt.Sprintf("('P%06d', '%s %s', 'user%d@example.fi', '04%08d', '%06d')", i, giv[i%10], fam[i%15], i, i, i))
			}
			st = append(st, "INSERT INTO ticket (ticket_no, req_name, req_email, req_phone, req_kieku) VALUES "+strings.Join(rows, ","))
		}
		i := mustOpen(t, mapping(t, d.make(t, st...), people), "ticketing")
		for range 2 {
			for _, k := range []core.Identifier{id(t, core.Name, "Mäkinen, Veera"), id(t, core.Name, "Aho, Seppo"), id(t, core.Name, "Ö, Åke")} {
				s := time.Now()
				h := ask(t, i, one(k))
				t.Log(d.driver, k.Value, len(h.records), time.Since(s))
			}
		}
	}
}
