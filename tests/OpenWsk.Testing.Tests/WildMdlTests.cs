// Wrong buffers through every function that moves data: no WSK_BUF, an MDL that is none, a chain without
// end, memory that is not there. Each ends in the documented status with the rule's finding, or in a bug
// check with its report; the process lives and the next world is whole. The driver is Drivers/wildmdl.c. It
// knows nothing about which arm finds out how.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Net.Uring;

namespace OpenWsk.Testing.Tests;

public sealed class WildMdlTests
{
    private const uint CodeGive = 0x222004;

    // Where memory that is not there is met: by the system's copy, or by ours.
    private const string Unreachable =
        "STATUS_ACCESS_VIOLATION MDL-06|0xA|0x50|0x7E|0x1E|0xBE|0xCC|0xCD";
    private const string BeyondChain = "STATUS_INVALID_PARAMETER MDL-07";

    /// <summary>The places of the driver's functions.</summary>
    public enum Function
    {
        WskSend,
        WskReceive,
        WskSendTo,
        WskReceiveFrom,
        WskSendMessages,
    }

    // As the driver numbers them.
    private enum Wrong
    {
        Nothing, NullBuf, WildBuf, NullMdl, SmallMdl, UserMdl, KernelMdl, NonCanonicalMdl, FreedMdl, TooLong,
        TooManyBytes, Loop, EmptyLoop, NotLocked, WildNext, NullData, UserData, KernelData, NonCanonicalData,
        FreedData, ReadOnlyData, HugeLength,
    }

    /// <summary>Every network with every function.</summary>
    public static TheoryData<string, Function> Calls()
    {
        var calls = new TheoryData<string, Function>();
        foreach (var net in (string[])["sim", "host", "auto"])
        {
            foreach (var function in Enum.GetValues<Function>())
                calls.Add(net, function);
        }
        return calls;
    }

    [CapabilityTheory("clang", "lld", "llvm")]
    [MemberData(nameof(Calls))]
    public void A_wrong_buffer_is_a_status_with_a_finding_or_a_bug_check(string net, Function function)
    {
        foreach (var wrong in Enum.GetValues<Wrong>())
        {
            var outcome = Give(net, function, wrong, PoolMode.Default);
            Assert.True(
                Expected(function, wrong).Split('|').Contains(outcome), $"{wrong} came to {outcome}");
        }
    }

    [CapabilityTheory("clang", "lld", "llvm")]
    [MemberData(nameof(Calls))]
    public void In_special_pool_freed_memory_is_named(string net, Function function)
    {
        // PAGE_FAULT_IN_FREED_SPECIAL_POOL; a system that copies says it with a status, and we say the rest.
        Assert.Equal("0xCC", Give(net, function, Wrong.FreedMdl, PoolMode.Special));
        var outcome = Give(net, function, Wrong.FreedData, PoolMode.Special);
        Assert.Contains(outcome, (string[])["0xCC", "STATUS_ACCESS_VIOLATION MDL-06"]);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void The_finding_names_the_memory_that_is_not_there()
    {
        using var world = MakeWorld("host", PoolMode.Special);
        using var device = world.Load(TestDrivers.PathOf("wildmdl")).Open(@"\\.\Wild");
        device.IoControl(CodeGive, [(byte)Function.WskSend, (byte)Wrong.FreedData, Irql.Passive]);
        var finding = Assert.Single(world.Findings);
        Assert.Equal("MDL-06", finding.RuleId);
        Assert.Contains("that cannot be read: 0 bytes into a freed 4096-byte block 'Wild'", finding.Detail);
    }

    private static string Expected(Function function, Wrong wrong)
    {
        var isReceive = function is Function.WskReceive or Function.WskReceiveFrom;
        return wrong switch
        {
            Wrong.Nothing => "STATUS_SUCCESS",
            Wrong.NullBuf => "STATUS_INVALID_PARAMETER",
            Wrong.WildBuf or Wrong.KernelMdl or Wrong.WildNext => "0x50",
            Wrong.SmallMdl or Wrong.UserMdl or Wrong.NonCanonicalMdl => "0x7E",
            Wrong.NullMdl or Wrong.TooLong or Wrong.Loop or Wrong.EmptyLoop or Wrong.HugeLength =>
                BeyondChain,
            Wrong.NotLocked or Wrong.NullData => "STATUS_INVALID_PARAMETER MDL-06",
            // What a freed MDL says depends on who has its memory by now.
            Wrong.FreedMdl => Unreachable + "|" + BeyondChain + "|STATUS_INVALID_PARAMETER MDL-06",
            Wrong.TooManyBytes => function == Function.WskSend ? Unreachable
                : isReceive ? "STATUS_SUCCESS"
                : "STATUS_INVALID_BUFFER_SIZE",
            // Without special pool a freed block can still be read and written.
            Wrong.FreedData => "STATUS_SUCCESS",
            Wrong.ReadOnlyData => isReceive ? Unreachable : "STATUS_SUCCESS",
            _ => Unreachable,
        };
    }

    // A status with the rules that were broken, or the number of the bug check.
    private static string Give(string net, Function function, Wrong wrong, PoolMode poolMode)
    {
        using var world = MakeWorld(net, poolMode);
        var driver = world.Load(TestDrivers.PathOf("wildmdl"));
        try
        {
            NTSTATUS status;
            using (var device = driver.Open(@"\\.\Wild"))
                status = device.IoControl(CodeGive, [(byte)function, (byte)wrong, Irql.Passive]).Status;
            Assert.True(driver.Unload());
            Assert.Empty(world.Leftovers);
            return string.Join(' ', world.Findings.Select(f => f.RuleId).Distinct().Prepend(status.Name()));
        }
        catch (GuestStoppedException)
        {
            return $"0x{world.Executive.LastBugCheck!.Code:X}";
        }
    }

    private static DriverWorld MakeWorld(string net, PoolMode poolMode) => net switch
    {
        "sim" => DriverWorld.Simulate(poolMode: poolMode),
        "host" => DriverWorld.OnHost(poolMode, net: NetChoice.Host),
        _ => DriverWorld.OnHost(poolMode),
    };
}
