// Transport operations for tests: they remember their outcome, how often and where they completed.
// They know nothing about the transport under test.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

/// <summary>A connect or disconnect.</summary>
internal sealed class TestOperation : TransportOperation
{
    private readonly ManualResetEvent _completed = new(false);

    public int Completions { get; private set; }

    public int CompletedOnThread { get; private set; }

    public bool IsCompleted => _completed.WaitOne(0);

    /// <summary>Waits for the completion and returns its status.</summary>
    public NTSTATUS Wait()
    {
        Waiting.For(_completed, "completion of an operation");
        return Status;
    }

    protected override void OnCompleted()
    {
        Completions++;
        CompletedOnThread = Environment.CurrentManagedThreadId;
        _completed.Set();
    }
}

/// <summary>A send of given segments.</summary>
internal sealed class TestSend(params Memory<byte>[] segments) : SendOperation
{
    private readonly AutoResetEvent _completed = new(false);

    public int Completions { get; private set; }

    public Action? Completed { get; set; }

    public override int SegmentCount => segments.Length;

    public override Memory<byte> Segment(int index) => segments[index];

    /// <summary>All bytes of the send.</summary>
    public byte[] ToArray() => [.. segments.SelectMany(s => s.ToArray())];

    /// <summary>Waits for the completion and returns its status.</summary>
    public NTSTATUS Wait()
    {
        Waiting.For(_completed, "completion of a send");
        return Status;
    }

    protected override void OnCompleted()
    {
        Completions++;
        Completed?.Invoke();
        _completed.Set();
    }
}

/// <summary>Counts what a socket tells its owner.</summary>
internal sealed class TestEvents : IStreamEvents
{
    private readonly AutoResetEvent _receivable = new(false);
    private readonly ManualResetEvent _broken = new(false);
    private readonly AutoResetEvent _ideal = new(false);
    private nuint _idealBytes;

    public int Receivables { get; private set; }

    /// <summary>Runs in the event, before the wait for it ends.</summary>
    public Action? Receivable { get; set; }

    public void WaitReceivable() => Waiting.For(_receivable, "OnReceivable");

    public int Brokens { get; private set; }

    public void WaitBroken() => Waiting.For(_broken, "OnBroken");

    /// <summary>Waits for a word about the ideal send backlog and returns the last one.</summary>
    public nuint WaitIdealSendBacklog()
    {
        Waiting.For(_ideal, "OnIdealSendBacklog");
        return _idealBytes;
    }

    public void OnIdealSendBacklog(nuint bytes)
    {
        _idealBytes = bytes;
        _ideal.Set();
    }

    public void OnBroken()
    {
        Brokens++;
        _broken.Set();
    }

    public void OnReceivable()
    {
        Receivables++;
        Receivable?.Invoke();
        _receivable.Set();
    }
}
