// The kinds of streams in a minidump that we write (minidumpapiset.h, MINIDUMP_STREAM_TYPE).
// It knows nothing about their layout; see MinidumpWriter.cs.
namespace OpenWsk.Capture;

/// <summary>What a stream holds.</summary>
internal enum DumpStream : uint
{
    ThreadList = 3,
    ModuleList = 4,
    Exception = 6,
    SystemInfo = 7,
    Memory64List = 9,
    CommentA = 10,
    MiscInfo = 15,
    MemoryInfoList = 16,
    ThreadNames = 24,
}
