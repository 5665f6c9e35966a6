"""first.py FOLDER COUNT TO: the first COUNT examples of each IDX file of a folder, for a test that must not take long."""

import gzip
import math
import pathlib
import struct
import sys

folder, count, to = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
to.mkdir(parents=True, exist_ok=True)
for path in folder.glob("*ubyte.gz"):
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    sizes = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    start = 4 + 4 * rank
    examples = content[start : start + count * math.prod(sizes[1:])]
    (to / path.stem).write_bytes(content[:4] + struct.pack(f">{rank}I", count, *sizes[1:]) + examples)
