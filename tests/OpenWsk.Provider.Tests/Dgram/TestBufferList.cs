// A WSK_BUF_LIST in guest memory over the buffers of a test, with the call that sends it. It knows nothing
// about what is sent or who receives it.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Provider.Tests;

/// <summary>A list of WSK_BUF, one datagram each.</summary>
public sealed class TestBufferList : IDisposable
{
    private readonly TestClient _client;
    private readonly GuestPtr<WSK_BUF_LIST>[] _nodes;

    public TestBufferList(TestClient client, params ReadOnlySpan<TestBuffer> buffers)
    {
        _client = client;
        _nodes = new GuestPtr<WSK_BUF_LIST>[buffers.Length];
        for (var i = 0; i < buffers.Length; i++)
        {
            _nodes[i] = new(client.World.Executive.Heap.Allocate(Unsafe.SizeOf<WSK_BUF_LIST>()));
            Update(i, buffers[i]);
            if (i > 0)
                _nodes[i - 1].Value.Next = _nodes[i];
        }
    }

    /// <summary>The first node.</summary>
    public GuestPtr<WSK_BUF_LIST> First => _nodes.Length == 0 ? default : _nodes[0];

    /// <summary>The last node.</summary>
    public GuestPtr<WSK_BUF_LIST> Last => _nodes[^1];

    /// <summary>Takes a buffer's window over again.</summary>
    public void Update(int index, TestBuffer buffer) => _nodes[index].Value.Buffer = buffer.Buf.Value;

    /// <summary>WskSendMessages.</summary>
    public NTSTATUS Send(
        nuint socket, ulong remote, ulong irp, uint flags = 0, uint controlBytes = 0, ulong control = 0) =>
        _client.World.Call(
            _client.Function(socket, "WskSendMessages"), socket, First.Address, flags, remote, controlBytes,
            control, irp);

    public void Dispose()
    {
        foreach (var node in _nodes)
            _client.World.Executive.Heap.Free(node.Address);
    }
}
