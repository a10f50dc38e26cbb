"""Programs beside the network element: peers to test it with, and what builds and checks it."""
