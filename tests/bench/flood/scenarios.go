package main

func scenarios() []scenario {
	return []scenario{
		listFlood(),
		writeFlood(0),
		writeFlood(16),
		stormAround(),
		rejectsBulk(),
		rejectsAll(),
		serverAway(),
		twoFlows(),
	}
}
