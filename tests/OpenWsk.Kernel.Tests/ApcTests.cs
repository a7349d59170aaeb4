// Asynchronous procedure calls of kernel mode: which thread runs them, when, at which level, and in which
// order; what keeps them away; what becomes of them when the thread ends. It knows nothing about waits: see
// WaitTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class ApcTests
{
    private const sbyte User = 1;

    [Fact]
    public void A_waiting_thread_runs_its_calls_and_waits_on() => KernelWorld.Simulate(world =>
    {
        var (go, steps) = (WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent), new List<string>());
        nuint runner = 0;
        var threads = WaitTests.Start(world, 1, _ =>
        {
            runner = (nuint)world.Call("KeGetCurrentThread");
            steps.Add($"waited {WaitTests.Wait(world, go, null)}");
        });
        WaitTests.Yield(world);
        void Note(string what)
        {
            var isRunner = (nuint)world.Call("KeGetCurrentThread") == runner;
            steps.Add($"{what} at {world.Call("KeGetCurrentIrql")} {isRunner}");
        }


        var normal = Make(world, threads[0], a => Note("kernel"), a => Note($"normal {a[0]} {a[1]} {a[2]}"));
        var special = Make(world, threads[0], a =>
        {
            // A call may wait itself.
            WaitTests.Delay(world, -10_000);
            Note($"special {GuestMemory.Read<byte>((nuint)a[0] + 0x52)}");
        });
        world.Call("KfRaiseIrql", Irql.Dispatch);
        Assert.Equal(1ul, world.Call("KeInsertQueueApc", normal, 5, 6, 0));
        Assert.Equal(0ul, world.Call("KeInsertQueueApc", normal, 7, 8, 0));
        Assert.Equal(1ul, world.Call("KeInsertQueueApc", special, 0, 0, 0));
        world.Call("KeLowerIrql", Irql.Passive);
        WaitTests.Delay(world, -50_000);
        Assert.Equal(
            ["special 0 at 1 True", "kernel at 1 True", "normal 77 5 6 at 0 True"], steps);
        Assert.Equal(1ul, world.Call("KeInsertQueueApc", normal, 5, 6, 0));
        WaitTests.Yield(world);
        Assert.Equal(5, steps.Count);
        world.Call("KeSetEvent", go, 0, 0);
        WaitTests.Join(world, threads);
        Assert.Equal("waited 0", steps[^1]);
    });

    [Fact]
    public void A_thread_takes_its_own_call_at_once_or_behind_its_region() => KernelWorld.Simulate(world =>
    {
        var steps = "";
        var self = (nuint)world.Call("KeGetCurrentThread");
        var special = Make(world, self, _ => steps += "s");
        var normal = Make(world, self, _ => steps += "k", _ => steps += "n");
        void Insert(nuint apc) => Assert.Equal(1ul, world.Call("KeInsertQueueApc", apc, 0, 0, 0));
        Insert(normal);
        Assert.Equal("kn", steps);
        world.Call("KeEnterCriticalRegion");
        Insert(normal);
        Insert(special);
        Assert.Equal("kns", steps);
        world.Call("KeLeaveCriticalRegion");
        Assert.Equal("knskn", steps);
        world.Call("KeEnterGuardedRegion");
        Insert(special);
        WaitTests.Delay(world, -10_000);
        Assert.Equal("knskn", steps);
        world.Call("KeLeaveGuardedRegion");
        Assert.Equal("knskns", steps);
        world.Call("KeEnterGuardedRegion");
        Insert(normal);
        Assert.Equal(1ul, world.Call("KeRemoveQueueApc", normal));
        Assert.Equal(0ul, world.Call("KeRemoveQueueApc", normal));
        world.Call("KeLeaveGuardedRegion");
        Assert.Equal("knskns", steps);
    });

    [Fact]
    public void The_kernel_routine_may_take_the_normal_one_away() => KernelWorld.Simulate(world =>
    {
        var steps = "";
        var self = (nuint)world.Call("KeGetCurrentThread");
        var apc = Make(world, self, a =>
        {
            GuestMemory.Write((nuint)a[1], 0ul);
            steps += "k";
        }, _ => steps += "n");
        world.Call("KeInsertQueueApc", apc, 0, 0, 0);
        Assert.Equal("k", steps);
    });

    [Fact]
    public void What_a_thread_has_not_taken_at_its_end_is_run_down() => KernelWorld.Simulate(world =>
    {
        var steps = "";
        var go = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var threads = WaitTests.Start(world, 1, _ =>
        {
            world.Call("KeEnterGuardedRegion");
            WaitTests.Wait(world, go, null);
            world.Executive.CurrentThread.GuardedRegions = 0;
        });
        WaitTests.Yield(world);
        var apc = Make(world, threads[0], _ => steps += "k", null, _ => steps += "r");
        Assert.Equal(1ul, world.Call("KeInsertQueueApc", apc, 0, 0, 0));
        world.Call("KeSetEvent", go, 0, 0);
        Assert.Equal(0ul, WaitTests.Wait(world, threads[0], null));
        Assert.Equal("r", steps);
        Assert.Equal(0ul, world.Call("KeInsertQueueApc", apc, 0, 0, 0));
        world.Call("ObfDereferenceObject", threads[0]);
    });

    [Fact]
    public void A_call_of_user_mode_is_refused_and_found() => KernelWorld.Simulate(world =>
    {
        var self = (nuint)world.Call("KeGetCurrentThread");
        var apc = Make(world, self, _ => { }, _ => { }, null, User);
        Assert.Equal(0ul, world.Call("KeInsertQueueApc", apc, 0, 0, 0));
        Assert.Equal(0, GuestMemory.Read<byte>(apc + 0x52));
    });

    private static nuint Make(
        KernelWorld world, nuint thread, Action<ulong[]> kernel, Action<ulong[]>? normal = null,
        Action<ulong[]>? rundown = null, sbyte mode = 0)
    {
        var apc = world.Memory(0x58);
        world.Call("KeInitializeApc", apc, thread, 0, Routine(kernel), Routine(rundown), Routine(normal),
            (ulong)mode, 77);
        return apc;

        nuint Routine(Action<ulong[]>? body) => body is null ? 0 : world.Callback(a =>
        {
            body(a);
            return 0;
        });
    }
}
