package main

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestOpenRequestsCountWithTheirAge(t *testing.T) {
	r := newRecorder()
	old := r.begin()
	old.since = old.since.Add(-time.Minute)
	r.begin().end(nil)
	sum := r.close()
	if sum.done != 1 || sum.open != 1 || len(sum.samples) != 2 {
		t.Fatalf("%+v", sum)
	}
	if sum.max() < 60000 {
		t.Errorf("max is %v ms", sum.max())
	}
}

func TestNothingCountsAfterTheWindow(t *testing.T) {
	r := newRecorder()
	s := r.begin()
	r.close()
	s.end(nil)
	if len(r.done) != 0 {
		t.Error("a late end was counted")
	}
}

func TestRestartKeepsWhatIsOpen(t *testing.T) {
	r := newRecorder()
	s := r.begin()
	r.begin().end(errors.New("failed"))
	r.begin().end(nil)
	r.restart()
	s.end(nil)
	sum := r.close()
	if sum.done != 1 || sum.failed != 0 {
		t.Errorf("%+v", sum)
	}
}

func TestQuantileIsASampleThatTheShareDoesNotExceed(t *testing.T) {
	var sum summary
	for i := 1; i <= 200; i++ {
		sum.samples = append(sum.samples,
			sample{took: time.Duration(i) * time.Millisecond})
	}
	for q, want := range map[float64]float64{
		0: 1, 0.5: 100, 0.9: 180, 0.99: 198, 1: 200} {
		if got := sum.quantile(q); got != want {
			t.Errorf("quantile(%v) is %v, not %v", q, got, want)
		}
	}
	if !math.IsNaN((summary{}).quantile(0.5)) {
		t.Error("a quantile of nothing")
	}
}

func TestMedianLeavesOutWhatWasNotMeasured(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		of   []float64
		want float64
	}{
		{[]float64{3, 1, 2}, 2},
		{[]float64{4, nan, 1, 2, 3}, 2.5},
		{[]float64{1, math.Inf(1), math.Inf(1)}, math.Inf(1)},
	} {
		if got := median(c.of); got != c.want {
			t.Errorf("median(%v) is %v", c.of, got)
		}
	}
	if !math.IsNaN(median([]float64{nan})) {
		t.Error("a median of nothing")
	}
}

func TestABarIsMetAtItsLimit(t *testing.T) {
	for _, c := range []struct {
		bar  bar
		want string
	}{
		{atMost(3, "x", 3), "met"},
		{atMost(3, "x", math.Inf(1)), "MISSED"},
		{atLeast(0.9, "x", 0.89), "MISSED"},
		{atLeast(0.9, "x", math.NaN()), "not measured"},
	} {
		if got := c.bar.String(); got[:len(c.want)] != c.want {
			t.Errorf("%s: not %s", got, c.want)
		}
	}
}
