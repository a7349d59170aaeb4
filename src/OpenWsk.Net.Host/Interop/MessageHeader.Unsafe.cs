// The structures by which Linux' message calls describe memory, as 64-bit systems lay them out (sys/socket.h,
// sys/uio.h). They know nothing about whose memory it is.
namespace OpenWsk.Net.Host;

/// <summary>struct iovec.</summary>
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary>struct msghdr of 64-bit Linux.</summary>
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}
