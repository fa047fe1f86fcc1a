package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/sinusta/sinusta/core"
)

// The bounds of a secret: its size in bytes, and the time that a command has
// to print it.
const (
	maxSecret   = 64 << 10
	commandTime = 30 * time.Second
)

// SecretRef says where a secret comes from. Exactly one member is set: the
// sources file never holds a secret itself.
type SecretRef struct {
	Env     string   // a variable of the environment
	File    string   // a file; a relative path counts from the installation folder
	Command []string // a program and its arguments, which prints it
}

// String gives where the secret comes from.
func (r SecretRef) String() string {
	switch {
	case r.Env != "":
		return "the environment variable " + r.Env
	case r.File != "":
		return "the file " + r.File
	case len(r.Command) > 0:
		return "the command " + r.Command[0]
	default:
		return "nowhere"
	}
}

// ResolveSecrets gets the secrets of e from where they are kept. Relative
// paths count from baseDir, and commands run there. One line end is cut off
// files and output. An error holds a *core.Problem of ClassConfig for each
// secret that is not to be had, with its name and its place, never a value.
func ResolveSecrets(ctx context.Context, e Entry, baseDir string) (map[string]string, error) {
	out := map[string]string{}
	var errs []error
	for _, name := range sortedKeys(e.Secrets) {
		value, err := resolve(ctx, e.Secrets[name], baseDir)
		if err == nil && !utf8.ValidString(value) {
			err = errors.New("it is no text in UTF-8")
		}
		if err != nil {
			p := problem(core.ClassConfig, core.PhaseConfigure, core.OriginHost,
				"the secret %q of %s should come from %s: %s", name, e.System, e.Secrets[name], err)
			p.ConfigPath = "secrets." + name
			errs = append(errs, p)
			continue
		}
		out[name] = value
	}
	return out, errors.Join(errs...)
}

// SecretAtHand gives a secret that can be read twice and without running
// anything; ok is false for that of a command or a pipe, and for one that is
// not to be had.
func SecretAtHand(r SecretRef, baseDir string) (value string, ok bool) {
	if len(r.Command) > 0 {
		return "", false
	}
	if path := r.File; path != "" {
		if !filepath.IsAbs(path) {
			path = filepath.Join(baseDir, path)
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return "", false
		}
	}
	raw, err := kept(r, baseDir)
	if err != nil {
		return "", false
	}
	value, err = trimmed(raw)
	return value, err == nil
}

func resolve(ctx context.Context, r SecretRef, baseDir string) (string, error) {
	var raw []byte
	var err error
	if len(r.Command) > 0 {
		raw, err = secretCommand(ctx, r.Command, baseDir)
	} else {
		raw, err = kept(r, baseDir)
	}
	if err != nil {
		return "", err
	}
	return trimmed(raw)
}

// kept gives what stands in a variable or a file.
func kept(r SecretRef, baseDir string) ([]byte, error) {
	if r.Env == "" {
		return secretFile(r.File, baseDir)
	}
	v, set := os.LookupEnv(r.Env)
	if !set {
		return nil, errors.New("it is not set; set it for the account that runs sinusta")
	}
	return []byte(v), nil
}

// trimmed gives the secret in what was read.
func trimmed(raw []byte) (string, error) {
	value := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case value == "":
		return "", errors.New("it is empty")
	case len(value) > maxSecret:
		return "", fmt.Errorf("it is longer than %d bytes", maxSecret)
	}
	return value, nil
}

func secretFile(path, baseDir string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(baseDir, path)
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("there is no such file")
	case errors.Is(err, os.ErrPermission):
		return nil, errors.New("this account may not read it")
	case err != nil:
		return nil, errors.New("it cannot be opened")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, errors.New("others than its owner may read it: chmod 600")
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxSecret+2))
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	return raw, nil
}

func secretCommand(ctx context.Context, command []string, baseDir string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the integrator's own command
	cmd.Dir = baseDir
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout = &limited{w: &out, left: maxSecret + 2}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("it did not end in time")
	case errors.As(err, &exit):
		return nil, fmt.Errorf("it ended with %s", exit.ProcessState)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return nil, errors.New("there is no such program")
	case err != nil:
		return nil, errors.New("it cannot be run")
	}
	return out.Bytes(), nil
}

// limited keeps the first bytes and drops the rest, so that a command that
// prints for ever still ends.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if _, err := l.w.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func secretRefs(r *reader, n *ast.MappingValueNode) map[string]SecretRef {
	out := map[string]SecretRef{}
	if empty(n.Value) {
		return out
	}
	m, ok := n.Value.(*ast.MappingNode)
	if !ok {
		r.fail(n.Value, "`secrets:` wants a mapping, such as dsn: {env: NAME}")
		return out
	}
	for name, v := range r.keys(m) {
		out[name] = secretRef(r, name, v)
	}
	return out
}

func secretRef(r *reader, name string, n *ast.MappingValueNode) SecretRef {
	var ref SecretRef
	given := 0
	text := func(to *string) func(*ast.MappingValueNode) {
		return func(n *ast.MappingValueNode) {
			given++
			if s, ok := r.text(n); ok && s == "" {
				r.fail(n.Value, "`%s:` is empty", n.Key.GetToken().Value)
			} else {
				*to = s
			}
		}
	}
	if _, ok := n.Value.(*ast.MappingNode); !ok {
		r.fail(n.Value, "a secret never stands in this file; say where %s comes from: "+
			"{env: NAME}, {file: path} or {command: [program, argument]}", name)
		return ref
	}
	r.mapping(n.Value, "the secret "+name, map[string]func(*ast.MappingValueNode){
		"env":  text(&ref.Env),
		"file": text(&ref.File),
		"command": func(n *ast.MappingValueNode) {
			given++
			ref.Command = r.texts(n)
		},
	})
	if given != 1 {
		r.fail(n.Key, "the secret %s wants one of env, file and command", name)
	}
	return ref
}

// texts gives a list of texts of at least one.
func (r *reader) texts(n *ast.MappingValueNode) []string {
	list, ok := n.Value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		r.fail(n.Value, "`%s:` wants a list of texts", n.Key.GetToken().Value)
		return nil
	}
	var out []string
	for _, v := range list.Values {
		switch e := v.(type) {
		case *ast.StringNode:
			out = append(out, e.Value)
		case *ast.IntegerNode, *ast.FloatNode:
			out = append(out, e.GetToken().Value)
		default:
			r.fail(v, "`%s:` wants a list of texts", n.Key.GetToken().Value)
		}
	}
	return out
}
