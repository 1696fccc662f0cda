package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// A scenario is one of S1 to S6: what is measured, on which legs, and what it
// must come to.
type scenario struct {
	name, about string
	columns     []string
	prepare     func(ctx context.Context, b *bench) error // may be nil
	run         func(ctx context.Context, b *bench, l leg) (row, error)
	alone       bool // measure without the flood as well
	bars        func(o outcome) []bar
}

// A leg is one way through which a scenario runs.
type leg struct {
	name    string // "direct", "alone via"
	to      *target
	through bool   // Fairway
	alone   bool   // without the flood
	levels  bool   // the API server has levels for this load
	id      string // names this leg's objects; unique in the cluster
}

// A row is one measurement; a column that it lacks was not measured.
type row map[string]float64

// An outcome is all rows of a run, by the leg's name.
type outcome struct {
	columns []string
	rows    map[string][]row
}

// values are a column's, over the rounds.
func (o outcome) values(leg, column string) []float64 {
	var values []float64
	for _, r := range o.rows[leg] {
		if value, ok := r[column]; ok {
			values = append(values, value)
		}
	}
	return values
}

func (o outcome) median(leg, column string) float64 {
	return median(o.values(leg, column))
}

// worst is for what must not happen in any round.
func (o outcome) worst(leg, column string) float64 {
	worst := math.NaN()
	for _, value := range o.values(leg, column) {
		if math.IsNaN(worst) || value > worst {
			worst = value
		}
	}
	return worst
}

// ratio is what the first leg has of what the second has.
func (o outcome) ratio(column, leg, base string) float64 {
	return o.median(leg, column) / o.median(base, column)
}

func (o outcome) medianRow(leg string) row {
	r := row{}
	for _, column := range o.columns {
		if values := o.values(leg, column); len(values) > 0 {
			r[column] = median(values)
		}
	}
	return r
}

// A bar is a promise: value must be at most, or at least, limit.
type bar struct {
	what         string
	value, limit float64
	atLeast      bool
}

func atMost(limit float64, what string, value float64) bar {
	return bar{what: what, value: value, limit: limit}
}

func atLeast(limit float64, what string, value float64) bar {
	return bar{what: what, value: value, limit: limit, atLeast: true}
}

func (b bar) String() string {
	word, met := "at most", b.value <= b.limit
	if b.atLeast {
		word, met = "at least", b.value >= b.limit
	}
	verdict := "MISSED"
	switch {
	case math.IsNaN(b.value):
		verdict = "not measured"
	case met:
		verdict = "met"
	}
	return fmt.Sprintf("%-12s %-52s %s, %s %s", verdict, b.what,
		number(b.value), word, number(b.limit))
}

// play runs all rounds, the legs in alternation, and prints as it goes.
func (s *scenario) play(ctx context.Context, b *bench) error {
	fmt.Printf("## %s: %s\n\n", s.name, s.about)
	if s.prepare != nil {
		if err := s.prepare(ctx, b); err != nil {
			return err
		}
	}
	table := newTable(append([]string{"round", "leg"}, s.columns...))
	o := outcome{s.columns, map[string][]row{}}
	legs := b.legs(s.alone)
	for round := 1; round <= b.rounds; round++ {
		for _, l := range legs {
			l.id = fmt.Sprintf("%s-%s-%d-%s", s.name, b.stamp,
				round, strings.ReplaceAll(l.name, " ", "-"))
			if err := b.setLevels(ctx, l); err != nil {
				return err
			}
			r, err := s.run(ctx, b, l)
			b.tidy(l)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", s.name, l.name,
					err)
			}
			o.rows[l.name] = append(o.rows[l.name], r)
			table.print(strconv.Itoa(round), l.name, s.columns, r)
		}
	}
	for _, l := range legs {
		table.print("median", l.name, s.columns, o.medianRow(l.name))
	}
	fmt.Println()
	if b.via != nil {
		for _, bar := range s.bars(o) {
			fmt.Printf("    %s\n", bar)
		}
		fmt.Println()
	}
	return nil
}

// A table is printed line by line, as Markdown that is also easy on the eye.
type table struct {
	widths []int
}

func newTable(heads []string) *table {
	t := &table{}
	rule := make([]string, len(heads))
	for i, head := range heads {
		width := len(head)
		if width < 6 {
			width = 6
		}
		if i == 1 {
			width = len("alone direct")
		}
		t.widths = append(t.widths, width)
		rule[i] = strings.Repeat("-", width-1) + ":"
	}
	t.line(heads)
	t.line(rule)
	return t
}

func (t *table) print(round, leg string, columns []string, r row) {
	cells := []string{round, leg}
	for _, column := range columns {
		cell := ""
		if value, ok := r[column]; ok {
			cell = number(value)
		}
		cells = append(cells, cell)
	}
	t.line(cells)
}

func (t *table) line(cells []string) {
	var text strings.Builder
	for i, cell := range cells {
		fmt.Fprintf(&text, "| %*s ", t.widths[i], cell)
	}
	fmt.Fprintln(os.Stdout, text.String()+"|")
}

// number prints three digits, or all of a larger number's.
func number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 1):
		return "never"
	case x == math.Trunc(x) || math.Abs(x) >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case math.Abs(x) >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}
