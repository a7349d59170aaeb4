/* window.h: the measured part of a run: operations, time, and the processor time that the measured processes
 * and this one took in it. It knows no workload; see load-tcp.c.
 */
#pragma once

#include "peer.h"

#define SUBJECTS_MAX 16

struct window {
    struct run run;
    int subjects;
    clockid_t clocks[SUBJECTS_MAX];
    int state;                  /* 0 warming up, 1 measuring, 2 over. */
    uint64_t all;               /* Operations since the run began. */
    uint64_t first, begin, subject_begin, own_begin;
};

static inline void watch(struct window *window, char **pids, int count)
{
    for (int i = 0; i < count && window->subjects < SUBJECTS_MAX; i++) {
        if (clock_getcpuclockid(atoi(pids[i]), &window->clocks[window->subjects]) == 0) window->subjects++;
    }
}

static inline uint64_t subject_ns(const struct window *window)
{
    uint64_t sum = 0;
    for (int i = 0; i < window->subjects; i++) sum += clock_ns(window->clocks[i]);
    return sum;
}

/* Prints what was measured; called once, when the time of the run is over. */
static inline void report(struct window *window, uint64_t now)
{
    printf("{\"operations\":%llu,\"ns\":%llu,\"subjectNs\":%llu,\"loadNs\":%llu,",
        (unsigned long long)(window->all - window->first), (unsigned long long)(now - window->begin),
        (unsigned long long)(subject_ns(window) - window->subject_begin),
        (unsigned long long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - window->own_begin));
}

/* Begins a run that was just told. */
static inline void open_window(struct window *window)
{
    window->state = 0;
    window->all = 0;
}

/* Called between batches: moves on when it is time; whether the run goes on. */
static inline int goes_on(struct window *window)
{
    uint64_t now = now_ns();
    if (window->state == 0 && now >= window->run.warm_end) {
        window->state = 1;
        window->first = window->all;
        window->subject_begin = subject_ns(window);
        window->own_begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        window->begin = now;
        /* Whoever gets here late measures as long all the same. */
        window->run.end = now + window->run.length;
    } else if (window->state == 1 && now >= window->run.end) {
        window->state = 2;
        report(window, now);
    }
    return window->state != 2;
}

/* Ends the line that report began, when nothing is under way any more. */
static inline void close_window(struct window *window, uint64_t failed)
{
    printf("\"all\":%llu,\"failed\":%llu}\n", (unsigned long long)window->all, (unsigned long long)failed);
    fflush(stdout);
}
