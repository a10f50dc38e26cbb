from eir.shared_memory import attach, share


def test_what_one_writes_the_other_reads() -> None:
    descriptor, memory = share("test", 100)
    other = attach(descriptor)
    memory[7] = 9
    assert (len(other), other[7], sum(other)) == (100, 9, 9)
