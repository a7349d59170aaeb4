// Structures of evntprov.h at their x64 layout. It knows nothing about providers.
// Next: OpenWsk.Kernel/Etw, which reads them.
namespace OpenWsk.Abi;

/// <summary>Which event it is. 16 bytes.</summary>
public struct EVENT_DESCRIPTOR
{
    public ushort Id;
    public byte Version;
    public byte Channel;
    public byte Level;
    public byte Opcode;
    public ushort Task;
    public ulong Keyword;
}

/// <summary>One piece of an event's data. 16 bytes.</summary>
public struct EVENT_DATA_DESCRIPTOR
{
    public ulong Ptr;
    public uint Size;
    public byte Type;
    public byte Reserved1;
    public ushort Reserved2;
}
