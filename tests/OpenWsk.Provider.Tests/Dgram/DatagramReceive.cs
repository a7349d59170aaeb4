// One WskReceiveFrom with everything that it can ask for: a buffer, the sender's address, control information
// and flags, each with canaries where a length matters. It knows nothing about rules.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>A WskReceiveFrom and what it got.</summary>
public sealed class DatagramReceive : IDisposable
{
    private const byte Untouched = 0xEE;
    private readonly TestClient _client;
    private readonly nuint _socket;
    private readonly TestBuffer _buffer;
    private readonly nuint _address;
    private readonly nuint _controlLength;
    private readonly nuint _control;
    private readonly nuint _flags;
    private readonly int _controlRoom;

    public DatagramReceive(TestClient client, nuint socket, int lengthBytes = 256, int controlRoom = 256)
    {
        _client = client;
        _socket = socket;
        _controlRoom = controlRoom;
        _buffer = new TestBuffer(client.World.Executive, 0, lengthBytes == 0 ? [] : [lengthBytes]);
        _buffer.Write(Enumerable.Repeat(Untouched, lengthBytes).ToArray());
        Irp = client.Irp();
        _address = client.Memory(28);
        _controlLength = client.Memory(8);
        _control = client.Memory(controlRoom + 16);
        GuestMemory.Span(_control, controlRoom + 16).Fill(Untouched);
        _flags = client.Memory(8);
        GuestMemory.Write(_flags, uint.MaxValue);
    }

    public TestIrp Irp { get; }

    /// <summary>What the call returned.</summary>
    public NTSTATUS Returned { get; private set; }

    /// <summary>The datagram.</summary>
    public byte[] Data => _buffer.Contents[..(int)Irp.Information];

    public string Text => Encoding.ASCII.GetString(Data);

    /// <summary>Whether the bytes behind the datagram are as they were.</summary>
    public bool IsRestUntouched => _buffer.Contents[(int)Irp.Information..].All(b => b == Untouched);

    /// <summary>The WSK_BUF.</summary>
    public GuestPtr<WSK_BUF> Buf => _buffer.Buf;

    /// <summary>Whether nobody has written control information.</summary>
    public bool IsControlUntouched =>
        GuestMemory.Span(_control, _controlRoom + 16).IndexOfAnyExcept(Untouched) < 0;

    public EndpointAddress Source
    {
        get
        {
            Assert.True(EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(_address), out var source));
            return source;
        }
    }

    public uint ControlLength => GuestMemory.Read<uint>(_controlLength);

    /// <summary>ControlFlags; all ones while nobody has written them.</summary>
    public uint Flags => GuestMemory.Read<uint>(_flags);

    /// <summary>The control objects; behind them nothing may have been written.</summary>
    public IReadOnlyList<ControlObject> Control
    {
        get
        {
            var all = GuestMemory.Span(_control, _controlRoom + 16);
            Assert.True(all[(int)ControlLength..].IndexOfAnyExcept(Untouched) < 0);
            return ControlObject.Parse(all[..(int)ControlLength]);
        }
    }

    /// <summary>WskReceiveFrom, asking for everything.</summary>
    public DatagramReceive Start(uint flags = 0)
    {
        GuestMemory.Write(_controlLength, (uint)_controlRoom);
        return Start(_address, _controlLength, _controlRoom == 0 ? 0 : _control, _flags, flags);
    }

    /// <summary>WskReceiveFrom with the data alone.</summary>
    public DatagramReceive StartBare() => Start(0, 0, 0, 0);

    /// <summary>WskReceiveFrom with ControlInfo and ControlFlags, but no ControlLength.</summary>
    public DatagramReceive StartWithoutLength(bool hasInfo) => Start(0, 0, hasInfo ? _control : 0, _flags);

    /// <summary>WskReceiveFrom with places of the caller's.</summary>
    public DatagramReceive Start(
        ulong address, ulong controlLength, ulong control, ulong controlFlags, uint flags = 0)
    {
        Returned = _client.World.Call(
            _client.Function(_socket, "WskReceiveFrom"), _socket, _buffer, flags, address, controlLength,
            control, controlFlags, Irp);
        return this;
    }

    /// <summary>Waits for the outcome.</summary>
    public NTSTATUS Wait() => Irp.Wait();

    public void Dispose()
    {
        Irp.Dispose();
        _buffer.Dispose();
    }
}
