# %% faster-1
def speed_up_of(parts, factors):
    after = 0
    for name, seconds in parts.items():
        after += seconds / factors.get(name, 1)
    return sum(parts.values()) / after


# %% faster-2
def part(count, rank, size):
    # Each end is rounded down, and the next shard begins there.
    return count * rank // size, count * (rank + 1) // size


# %% faster-3
def honest_seconds(card, rounds):
    card.launch()  # the first one compiles
    card.wait()  # and what others launched is done, too
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    card.wait()
    return (card.clock() - start) / rounds


# %% faster-4
def combine(shards, counts):
    n, total = sum(counts), {}
    for shard, count in zip(shards, counts, strict=True):
        if count == 0:  # 0 times nan would be nan
            continue
        for name, grad in shard.items():
            total[name] = total.get(name, 0) + count / n * grad
    return total


# %% faster-5
# Each shard is constant: both variances are 0, that of all is 1.
wrong_variance = [0, 0], [2, 2]


# %% faster-6
named = shard_gradients(load_trained("deep_convnet"), *digits[:100])
entries = named["conv6.weight"]
entries = entries[entries != 0]
lost_entries = (entries.astype(np.float16) == 0).mean()


# %% faster-7
def best_workers(step, values, wire, latency, most):
    def seconds_with(n):
        chunk = 32 * values / n
        return step / n + 2 * (n - 1) * (latency + chunk / wire)

    return min(range(1, most + 1), key=seconds_with)


# %% faster-8
def doubling(messages, exchange):
    n, held, distance = len(messages), list(messages), 1
    while distance < n:
        # Partners differ in one binary digit of their numbers.
        received = exchange(held, [w ^ distance for w in range(n)])
        held = [a + b for a, b in zip(held, received, strict=True)]
        distance *= 2  # each sum now holds twice as many
    return held
