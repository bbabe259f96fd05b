#include "common/commit_gate.h"

#include "common/loop.h"

namespace parley {

void CommitGate::open(Number commit) {
  if (commit <= open_to_) return;
  open_to_ = commit;
  for (Flushable* flushable : waiting_) flushable->mark();
  waiting_.clear();
}

}  // namespace parley
