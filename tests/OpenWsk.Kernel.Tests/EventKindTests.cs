// Kinds of events: a world makes those that a sink wants and no others, whatever else its sinks want, and
// every sink gets all that are made. It knows nothing about what events say. Next: Executive.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class EventKindTests
{
    private static readonly KernelEventKind[] s_breach = [KernelEventKind.Breach];

    [Fact]
    public void A_kind_that_no_sink_wants_is_not_made()
    {
        var sink = new KindSink(KernelEventKind.Breach, KernelEventKind.IrpCompleted);
        using var world = KernelWorld.OnSim();
        world.Executive.AddSink(sink);
        world.Run(() => UseEverything(world));

        Assert.Equal([KernelEventKind.IrpCompleted, KernelEventKind.Breach], sink.Seen);
        Assert.True(world.Executive.IsQuiet);
        Assert.True(world.Executive.AreCallbacksQuiet);
    }

    [Fact]
    public void Callbacks_are_told_to_a_sink_that_wants_no_calls()
    {
        var sink = new KindSink(KernelEventKind.CallbackReturn);
        using var world = KernelWorld.OnSim();
        world.Executive.AddSink(sink);
        world.Run(() => UseEverything(world));

        Assert.Equal([KernelEventKind.CallbackReturn], sink.Seen);
        Assert.True(world.Executive.IsQuiet);
        Assert.False(world.Executive.AreCallbacksQuiet);
    }

    [Fact]
    public void A_sink_that_is_removed_takes_its_wishes_with_it()
    {
        var all = new KindSink(Enum.GetValues<KernelEventKind>());
        var breaches = new KindSink(s_breach);
        using var world = KernelWorld.OnSim();
        world.Executive.AddSink(all);
        world.Executive.AddSink(breaches);
        world.Run(() => UseEverything(world));
        world.Executive.RemoveSink(all);
        var seen = all.Seen.Count;

        Assert.False(world.Executive.Observes(KernelEventKind.Call));
        Assert.True(world.Executive.Observes(KernelEventKind.Breach));
        Assert.Contains(KernelEventKind.Call, all.Seen);
        Assert.Equal(all.Seen, breaches.Seen);
        world.Run(() => UseEverything(world));
        Assert.Equal(seen, all.Seen.Count);
        Assert.Equal(s_breach, breaches.Seen.Skip(seen));
    }

    private static void UseEverything(KernelWorld world)
    {
        var routine = world.Callback(_ => (ulong)(uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        var irp = new GuestPtr<IRP>((nuint)world.Call("IoAllocateIrp", 1, 0));
        IrpCompletion.Claim(world.Executive, irp);
        irp.Value.CurrentStackLocation.Value.CompletionRoutine = routine;
        irp.Value.CurrentStackLocation.Value.Control = WskConstants.SL_INVOKE_ON_SUCCESS;
        IrpCompletion.Complete(world.Executive, irp, NTSTATUS.STATUS_SUCCESS, 0);
        world.Call("IoFreeIrp", irp.Address);
        world.Executive.Breach("IRP-01", "an example");
    }

    private sealed class KindSink(params KernelEventKind[] kinds) : IEventSink
    {
        public List<KernelEventKind> Seen { get; } = [];

        public bool Wants(KernelEventKind kind) => kinds.Contains(kind);

        public void OnEvent(in KernelEvent e) => Seen.Add(e.Kind);
    }
}
