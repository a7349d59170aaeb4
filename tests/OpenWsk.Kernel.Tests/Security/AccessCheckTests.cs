// Access checks, privileges, tokens: who is granted what, in the order that Windows' pages give. The tokens
// are an ordinary user's and the system's. It knows nothing about how descriptors are built.
using static OpenWsk.Kernel.Tests.SecurityWorld;

namespace OpenWsk.Kernel.Tests;

public sealed class AccessCheckTests
{
    private const string Alice = "S-1-5-21-1-2-3-1001";
    private const string Bob = "S-1-5-21-1-2-3-1002";
    private const string Staff = "S-1-5-21-1-2-3-513";
    private const uint Maximum = 0x0200_0000;
    private const uint GenericRead = 0x8000_0000;
    private const uint Denied = (uint)NTSTATUS.STATUS_ACCESS_DENIED;
    private const byte UserMode = 1;

    [Theory]
    [InlineData(Read, Read, "+1 " + Alice)]
    [InlineData(Read, Read, "+1 " + Staff)]
    [InlineData(Read, Read, "+1 S-1-1-0")]
    [InlineData(Read, 0u, "+1 " + Bob)]
    [InlineData(Read | Write, 0u, "+1 " + Alice)]
    [InlineData(Read | Write, Read | Write, "+1 " + Alice, "+2 " + Staff)]
    [InlineData(Read, 0u, "-1 " + Staff, "+1 " + Alice)]
    [InlineData(Read, Read, "+1 " + Alice, "-1 " + Staff)]
    [InlineData(Read, 0u, "+1* " + Alice)]
    [InlineData(Read, Read, "-1* " + Alice, "+1 " + Alice)]
    [InlineData(GenericRead, Read, "+1 " + Alice)]
    [InlineData(Read, Read, "+80000000 " + Alice)]
    [InlineData(Maximum, Read | Write | Execute, "+3 " + Alice, "+4 " + Staff, "-2 " + Staff)]
    [InlineData(Maximum, Read | Execute, "-2 " + Staff, "+3 " + Alice, "+4 " + Staff)]
    [InlineData(Maximum, 0u, "+1 " + Bob)]
    [InlineData(Read, 0u)]
    public void Entries_decide_in_their_order(uint desired, uint granted, params string[] entries) =>
        KernelWorld.Simulate(world =>
            Assert.Equal(granted, Check(world, world.Descriptor(null, world.Acl(entries)), desired)));

    [Fact]
    public void Without_a_list_everybody_may_everything() => KernelWorld.Simulate(world =>
    {
        Assert.Equal(Write, Check(world, world.Descriptor(null, 0), Write));
        Assert.Equal(Write, Check(world, world.Descriptor(null, 0, hasDacl: false), Write));
        Assert.Equal(All, Check(world, world.Descriptor(null, 0), Maximum));
    });

    [Fact]
    public void The_owner_may_read_and_change_the_rules_unless_they_say_otherwise() =>
        KernelWorld.Simulate(world =>
        {
            const uint rules = 0x0006_0000;
            Assert.Equal(rules, Check(world, world.Descriptor(Alice, world.Acl()), rules));
            Assert.Equal(0u, Check(world, world.Descriptor(Bob, world.Acl()), rules));
            Assert.Equal(0u, Check(world, world.Descriptor(Alice, world.Acl("+1 S-1-3-4")), rules));
            Assert.Equal(Read, Check(world, world.Descriptor(Alice, world.Acl("+1 S-1-3-4")), Read));
        });

    [Fact]
    public void Kernel_mode_is_granted_everything() => KernelWorld.Simulate(world =>
    {
        var descriptor = world.Descriptor(null, world.Acl());
        Assert.Equal(Write, Check(world, descriptor, Write, mode: 0));
        Assert.Equal(All, Check(world, descriptor, Maximum, mode: 0));
    });

    [Fact]
    public void System_security_needs_its_privilege() => KernelWorld.Simulate(world =>
    {
        var descriptor = world.Descriptor(null, 0);
        Assert.Equal(0u, Check(world, descriptor, 0x0100_0000, out var status));
        Assert.Equal((uint)NTSTATUS.STATUS_PRIVILEGE_NOT_HELD, status);
        world.Executive.Security.Impersonate(world.Executive.CurrentThread.Object, null);
        Assert.Equal(0x0100_0000u, CheckAs(world, world.Subject(), descriptor, 0x0100_0000, UserMode, out _));
    });

    [Fact]
    public void A_damaged_list_and_a_missing_descriptor_grant_nothing() => KernelWorld.Simulate(world =>
    {
        var acl = world.Acl("+1 " + Alice);
        GuestMemory.Write(acl + 8 + 2, (ushort)3);
        Assert.Equal(0u, Check(world, world.Descriptor(null, acl), Read));
        GuestMemory.Write(acl + 8 + 2, (ushort)0xFFF0);
        Assert.Equal(0u, Check(world, world.Descriptor(null, acl), Read));
        Assert.Equal(0u, Check(world, default, Read));
    });

    [Fact]
    public void What_was_granted_before_is_kept_and_not_asked_again() => KernelWorld.Simulate(world =>
    {
        var (granted, status) = (world.Memory(4), world.Memory(4));
        Be(world, Alice);
        var ok = world.Call("SeAccessCheck", world.Descriptor(null, world.Acl("+1 " + Alice)).Address,
            world.Subject().Address, 0, Read | Write, Write, 0, world.Mapping(), UserMode, granted, status);
        Assert.Equal((1ul, Read | Write), (ok, GuestMemory.Read<uint>(granted)));
    });

    [Fact]
    public void Privileges_are_checked_against_the_token() => KernelWorld.Simulate(world =>
    {
        const uint loadDriver = 10;
        const uint changeNotify = 23;
        ulong Single(ulong privilege, byte mode) => world.Call("SeSinglePrivilegeCheck", privilege, mode);
        Assert.Equal(1ul, Single(loadDriver, UserMode));
        Be(world, Alice);
        Assert.Equal(0ul, Single(loadDriver, UserMode));
        Assert.Equal(1ul, Single(loadDriver, 0));
        var set = world.Memory(32);
        GuestMemory.Write(set, 2u);
        GuestMemory.Write(set + 8, (ulong)loadDriver);
        GuestMemory.Write(set + 20, (ulong)changeNotify);
        var subject = world.Subject();
        Assert.Equal(1ul, world.Call("SePrivilegeCheck", set, subject.Address, UserMode));
        Assert.Equal((0u, 0x8000_0000u), (GuestMemory.Read<uint>(set + 16),
            GuestMemory.Read<uint>(set + 28)));
        GuestMemory.Write(set + 4, 1u);
        Assert.Equal(0ul, world.Call("SePrivilegeCheck", set, subject.Address, UserMode));
    });

    [Fact]
    public void A_subject_is_released_once() => KernelWorld.Simulate(world =>
    {
        world.Call("SeReleaseSubjectContext", world.Subject().Address);
        var count = world.Executive.Objects.Count;
        var subject = world.Subject();
        var token = subject.Value.PrimaryToken;
        Assert.Equal(1ul, world.Call("SeTokenIsAdmin", token));
        world.Call("SeReleaseSubjectContext", subject.Address);
        Assert.Equal(0ul, subject.Value.PrimaryToken);
        Assert.Equal(count, world.Executive.Objects.Count);
        Assert.Throws<GuestStoppedException>(() => world.Call("PsDereferencePrimaryToken", 0x1234));
    });

    [Fact]
    public void A_token_tells_its_user_and_groups() => KernelWorld.Simulate(world =>
    {
        Be(world, Alice);
        var token = world.Subject().Value.ClientToken;
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Call("SeQueryInformationToken", token, 1, place));
        var user = GuestMemory.Read<nuint>(place);
        Assert.Equal(Alice, SidText.Read(GuestMemory.Read<nuint>(user)));
        world.Call("ExFreePool", user);
        Assert.Equal(0ul, world.Call("SeQueryInformationToken", token, 2, place));
        var groups = GuestMemory.Read<nuint>(place);
        Assert.Equal(2u, GuestMemory.Read<uint>(groups));
        Assert.Equal(Staff, SidText.Read(GuestMemory.Read<nuint>(groups + 8)));
        world.Call("ExFreePool", groups);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_INFO_CLASS,
            world.Call("SeQueryInformationToken", token, 99, place));
        Assert.Equal(0ul, world.Call("SeTokenIsAdmin", token));
    });

    [Fact]
    public void The_well_known_identifiers_are_a_variable() => KernelWorld.Simulate(world =>
    {
        Assert.True(world.Executive.Routines.TryFindVariable(Libraries.Ntoskrnl, "SeExports",
            out var variable));
        var table = GuestMemory.Read<nuint>(variable);
        // SeLoadDriverPrivilege is the ninth member; SeWorldSid, SeLocalSystemSid and SeAliasAdminsSid
        // follow.
        Assert.Equal(10ul, GuestMemory.Read<ulong>(table + (8 * 8)));
        string? SidAt(int index) => SidText.Read(GuestMemory.Read<nuint>(table + (nuint)(8 * index)));
        Assert.Equal(("S-1-1-0", "S-1-5-18", "S-1-5-32-544"), (SidAt(24), SidAt(33), SidAt(34)));
    });

    private static void Be(KernelWorld world, string user) => world.Executive.Security.Impersonate(
        world.Executive.CurrentThread.Object, AccessToken.Of(user, Staff));

    private static uint Check(
        KernelWorld world, GuestPtr<SECURITY_DESCRIPTOR> descriptor, uint desired, byte mode = UserMode)
    {
        Be(world, Alice);
        var granted = CheckAs(world, world.Subject(), descriptor, desired, mode, out var status);
        Assert.Equal(granted == 0 ? Denied : 0u, status);
        return granted;
    }

    private static uint Check(
        KernelWorld world, GuestPtr<SECURITY_DESCRIPTOR> descriptor, uint desired, out uint status)
    {
        Be(world, Alice);
        return CheckAs(world, world.Subject(), descriptor, desired, UserMode, out status);
    }

    private static uint CheckAs(
        KernelWorld world,
        GuestPtr<SECURITY_SUBJECT_CONTEXT> subject,
        GuestPtr<SECURITY_DESCRIPTOR> descriptor,
        uint desired,
        byte mode,
        out uint status)
    {
        var (granted, statusAt) = (world.Memory(4), world.Memory(4));
        var ok = world.Call("SeAccessCheck", descriptor.Address, subject.Address, 0, desired, 0, 0,
            world.Mapping(), mode, granted, statusAt);
        status = GuestMemory.Read<uint>(statusAt);
        Assert.Equal(status == 0, ok == 1);
        return GuestMemory.Read<uint>(granted);
    }
}
