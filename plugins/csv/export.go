package csvsource

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// mostFiles bounds how many files of the folder are looked at.
const mostFiles = 100_000

// export is one file that a search reads.
type export struct {
	path string // below the folder, parted by /
	made time.Time
	info fs.FileInfo
}

// exports are the files of every export, in the order in which they are read:
// the oldest first.
type exports map[*filePlan][]export

// survey looks through the folder. It gives what is to be read, and what is
// wrong with it: an export that is not there or is too old, and files that
// nobody declared.
func (i *Instance) survey(ctx context.Context) (exports, []core.Problem, error) {
	found, strange := exports{}, 0
	var problems []core.Problem
	seen := 0
	err := fs.WalkDir(i.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == ".":
			return err
		case err != nil:
			problems = append(problems, notice(core.ClassPartial, "folder", "a folder below it cannot be read; give the account the right to read it"))
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if seen++; seen > mostFiles {
			problems = append(problems, notice(core.ClassTruncated, "folder", "it holds more than %d files; only so many were looked at: name a folder that holds the exports alone", mostFiles))
			return fs.SkipAll
		}
		known, more := i.sort(found, path)
		problems = append(problems, more...)
		if !known {
			strange++
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, nil, folderProblem(err)
	}
	if strange > 0 {
		problems = append(problems, notice(core.ClassUnmapped, "files", "%d files in the folder are of no declared export; declare them, or put a pattern for them under ignore_files with a reason", strange))
	}
	for _, f := range i.files {
		chosen, more := i.choose(f, found[f])
		problems = append(problems, more...)
		found[f] = chosen
	}
	return found, problems, nil
}

// sort puts a file to its export; known is false for one of none.
func (i *Instance) sort(found exports, path string) (known bool, problems []core.Problem) {
	for _, p := range i.ignored {
		if _, _, ok := p.fits(path, i.zone); ok {
			return true, nil
		}
	}
	for _, f := range i.files {
		made, wrong, ok := f.pattern.fits(path, i.zone)
		if !ok {
			continue
		}
		if wrong {
			problems = append(problems, notice(core.ClassPartial, f.path+".pattern", "a file has a name with a time that there is not, and was not read"))
			continue
		}
		known = true
		info, err := i.root.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			problems = append(problems, notice(core.ClassPartial, f.path+".pattern", "a file of the export is no plain file below the folder (a link that leads out of it, a pipe, a folder), and was not read"))
			continue
		}
		if made.IsZero() {
			made = info.ModTime()
		}
		found[f] = append(found[f], export{path: path, made: made, info: info})
	}
	return known || len(problems) > 0, problems
}

// choose gives the files of an export that are read, oldest first, and tells
// when they are missing or old.
func (i *Instance) choose(f *filePlan, all []export) ([]export, []core.Problem) {
	if len(all) == 0 {
		return nil, []core.Problem{notice(core.ClassPartial, f.path, "no file of this export is in the folder, so nothing of it was searched; see that the export runs, or correct pattern")}
	}
	slices.SortFunc(all, func(a, b export) int { return cmp.Or(a.made.Compare(b.made), cmp.Compare(a.path, b.path)) })
	newest := all[len(all)-1]
	var problems []core.Problem
	if age := i.now().Sub(newest.made); f.every > 0 && age > f.every {
		problems = append(problems, notice(core.ClassPartial, f.path+".every",
			"the newest export is %s old and one is due every %s: what the system got since is missing; see why the export does not run", span(age), span(f.every)))
	}
	if f.config.Use == "all" {
		return all, problems
	}
	return all[len(all)-1:], problems
}

// span gives a time in days, or in hours where it is shorter.
func span(d time.Duration) string {
	if d >= 48*time.Hour {
		return itoa(int(d/(24*time.Hour))) + " days"
	}
	return itoa(int(d/time.Hour)) + " hours"
}

// readEvery reads 24h or 7d.
func readEvery(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		d, err := time.ParseDuration(days + "h")
		if err == nil && d > 0 {
			return 24 * d, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return d, nil
	}
	return 0, errors.New("write it as 24h or 7d")
}

// openRoot opens the folder, outside which nothing is read.
func openRoot(folder string) (*os.Root, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, folderProblem(err)
	}
	return root, nil
}

func folderProblem(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sdk.ConfigError("folder", "there is no such folder; see that it is mounted, or correct it")
	case errors.Is(err, fs.ErrPermission):
		return sdk.AuthError("the folder may not be read; give the account that runs this program the right to read it", err)
	}
	return sdk.TransientError("the folder cannot be read", err)
}
