// Imports that are machine code in a world where nobody listens to calls: they do what the C# routines do,
// hand every other case to them, and stay away where calls are observed or time is simulated. The driver is
// Drivers/fast.c.
using OpenWsk.Simulation;
using OpenWsk.TestSupport;

namespace OpenWsk.Loader.Tests;

public sealed class FastRoutineTests : IDisposable
{
    private const int Levels = 0;
    private const int RaiseTo = 1;
    private const int LowerTo = 2;
    private const int CurrentThread = 3;
    private const int Acquire = 4;
    private const int Release = 5;
    private const int AcquireAtDispatch = 6;
    private const int ReleaseAtDispatch = 7;
    private const int Move = 8;
    private const int Fill = 9;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Levels_are_raised_lowered_and_asked()
    {
        var driver = _world.Start("fast");
        Assert.Equal(0x0210ul, _world.Call(driver, Levels));
        Assert.Equal((ulong)_world.Executive.CurrentThread.Object, _world.Call(driver, CurrentThread));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_raise_downwards_is_the_bug_check_that_the_routine_makes()
    {
        var driver = _world.Start("fast");
        Assert.Equal(0ul, _world.Call(driver, RaiseTo, 5));
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, RaiseTo, 2));
        Assert.Contains("IRQL_NOT_GREATER_OR_EQUAL", _world.Executive.StopReason, StringComparison.Ordinal);
        _world.Executive.CurrentThread.Irql = Irql.Passive;
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_lowering_upwards_is_the_bug_check_that_the_routine_makes()
    {
        var driver = _world.Start("fast");
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, LowerTo, 2));
        Assert.Contains("IRQL_NOT_LESS_OR_EQUAL", _world.Executive.StopReason, StringComparison.Ordinal);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_spin_lock_has_its_owner_in_it_as_the_routine_writes_it()
    {
        var driver = _world.Start("fast");
        var thread = _world.Executive.CurrentThread;
        var address = _world.Executive.Heap.Allocate(8);
        Assert.Equal(0ul, _world.Call(driver, Acquire, address));
        Assert.Equal(Irql.Dispatch, thread.Irql);
        Assert.Equal(SpinLocks.OwnedBy(thread), GuestMemory.Read<nuint>(address));
        Assert.False(_world.Executive.SpinLocks.TryAcquire(address));
        _world.Call(driver, Release, address, 0);
        Assert.Equal(Irql.Passive, thread.Irql);
        Assert.Equal(0ul, GuestMemory.Read<ulong>(address));
        thread.Irql = Irql.Dispatch;
        _world.Call(driver, AcquireAtDispatch, address);
        Assert.True(SpinLocks.IsTaken(address));
        _world.Call(driver, ReleaseAtDispatch, address);
        Assert.False(SpinLocks.IsTaken(address));
        thread.Irql = Irql.Passive;
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_lock_that_the_thread_holds_already_is_the_routines_bug_check()
    {
        var driver = _world.Start("fast");
        var address = _world.Executive.Heap.Allocate(8);
        _world.Call(driver, Acquire, address);
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, Acquire, address));
        Assert.Contains("SPIN_LOCK_ALREADY_OWNED", _world.Executive.StopReason, StringComparison.Ordinal);
        _world.Executive.CurrentThread.Irql = Irql.Passive;
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Memory_is_moved_and_filled_in_every_length_and_overlap()
    {
        var driver = _world.Start("fast");
        const int Size = 400;
        var memory = _world.Executive.Heap.Allocate(Size);
        foreach (var length in Enumerable.Range(0, 70).Concat([127, 128, 129, 200]))
        {
            foreach (var shift in new[] { -40, -17, -16, -15, -1, 0, 1, 15, 16, 17, 40 })
            {
                var expected = new byte[Size];
                for (var i = 0; i < Size; i++)
                    GuestMemory.Write(memory + (nuint)i, expected[i] = (byte)(i * 7));
                const int From = 100;
                expected.AsSpan(From, length).ToArray().CopyTo(expected.AsSpan(From + shift));
                var to = memory + (nuint)(From + shift);
                Assert.Equal((ulong)to, _world.Call(driver, Move, to, memory + From, (ulong)length));
                Assert.Equal(expected, GuestMemory.Span(memory, Size).ToArray());
            }
            var filled = GuestMemory.Span(memory, Size).ToArray();
            filled.AsSpan(50, length).Fill(0xA5);
            _world.Call(driver, Fill, memory + 50, 0x7A5, (ulong)length);
            Assert.Equal(filled, GuestMemory.Span(memory, Size).ToArray());
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_fault_in_a_routine_is_the_drivers()
    {
        var driver = _world.Start("fast");
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, Fill, 0x10, 0, 64));
        Assert.NotNull(_world.Executive.StopReason);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Observed_calls_go_through_csharp()
    {
        _world.Executive.AddSink(_world);
        var driver = _world.Start("fast");
        _world.Call(driver, Levels);
        var names = _world.Events.Where(e => e.Kind == OpenWsk.Ports.KernelEventKind.Call)
            .Select(e => ((Routine)e.Routine!).Name);
        Assert.Equal(
            ["KfRaiseIrql", "KeRaiseIrqlToDpcLevel", "KeGetCurrentIrql", "KeLowerIrql", "KeGetCurrentIrql"],
            names);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_simulated_world_keeps_csharp()
    {
        using var sim = new SimWorld(seed: 1);
        sim.Run(() =>
        {
            using var executive =
                new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy), x => new NativeCode(x));
            var routine = executive.Routines.Get(Libraries.Ntoskrnl, "KeGetCurrentIrql");
            Assert.NotEqual(
                _world.Executive.Code.AddressOf(routine), executive.Code.AddressOf(routine));
        });
    }
}
