package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func audited(verb, name string, code string) string {
	return `{"stage":"ResponseComplete","verb":"` + verb + `",` +
		`"objectRef":{"resource":"configmaps","namespace":"n",` +
		`"name":"` + name + `"},"responseStatus":{"code":` + code + "}}\n"
}

// compareWith writes an audit log and compares.
func compareWith(t *testing.T, l *ledger, lines ...string) verdict {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.log")
	text := "left out\n" + strings.Join(lines, "")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := l.compare(path, int64(len("left out\n")))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheLedgerFindsWhatWasDoneTwiceOrMistold(t *testing.T) {
	refused := &statusError{code: http.StatusTooManyRequests}
	for _, c := range []struct {
		name              string
		answer            error // what the client got
		log               []string
		twice, mismatched int
	}{
		{"once", nil, []string{audited("create", "a", "201")}, 0, 0},
		{"refused before", nil, []string{audited("create", "a", "429"),
			audited("create", "a", "201")}, 0, 0},
		{"sent again", nil, []string{audited("create", "a", "201"),
			audited("create", "a", "409")}, 1, 0},
		{"made up", nil, nil, 0, 1},
		{"denied", refused, []string{audited("create", "a", "201")}, 0, 1},
		{"unknown, done", context.Canceled,
			[]string{audited("create", "a", "201")}, 0, 0},
		{"unknown, not done", context.Canceled, nil, 0, 0},
		{"another's", refused, []string{audited("create", "b", "201")},
			0, 0},
	} {
		l := newLedger()
		q := kinds().configMaps.create("n", "a", nil)
		l.ask(q)
		l.answer(q, c.answer)
		v := compareWith(t, l, c.log...)
		if v.twice != c.twice || v.mismatched != c.mismatched {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}
