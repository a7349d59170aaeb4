// Descriptors, lists and identifiers as drivers build, read and convert them, and damaged ones. It knows
// nothing about what they grant: AccessCheckTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class DescriptorTests
{
    private const string Admins = "S-1-5-32-544";

    [Theory]
    [InlineData("S-1-5-18")]
    [InlineData(Admins)]
    [InlineData("S-1-0x123456789ABC-1")]
    [InlineData("S-1-16-4294967295")]
    public void A_sid_becomes_text(string text) => KernelWorld.Simulate(world =>
    {
        var place = world.New<UNICODE_STRING>();
        Assert.Equal(0ul, world.Call("RtlConvertSidToUnicodeString", place.Address, world.Sid(text), 1));
        Assert.Equal(text, Texts.Of(place));
        world.Call("RtlFreeUnicodeString", place.Address);
        place.Value = new UNICODE_STRING { MaximumLength = 6, Buffer = world.Memory(6) };
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_OVERFLOW,
            world.Call("RtlConvertSidToUnicodeString", place.Address, world.Sid(text), 0));
    });

    [Fact]
    public void A_sid_is_built_copied_and_compared() => KernelWorld.Simulate(world =>
    {
        var sid = world.Memory((int)world.Call("RtlLengthRequiredSid", 2));
        var authority = world.Bytes([0, 0, 0, 0, 0, 5]);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("RtlInitializeSid", sid, authority,
            16));
        Assert.Equal(0ul, world.Call("RtlInitializeSid", sid, authority, 2));
        GuestMemory.Write((nuint)world.Call("RtlSubAuthoritySid", sid, 0), 32u);
        GuestMemory.Write((nuint)world.Call("RtlSubAuthoritySid", sid, 1), 544u);
        Assert.Equal(Admins, SidText.Read(sid));
        Assert.Equal(16ul, world.Call("RtlLengthSid", sid));
        Assert.Equal(2, GuestMemory.Read<byte>((nuint)world.Call("RtlSubAuthorityCountSid", sid)));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL,
            world.Call("RtlCopySid", 15, world.Memory(16), sid));
        var copy = world.Memory(16);
        Assert.Equal(0ul, world.Call("RtlCopySid", 16, copy, sid));
        Assert.Equal(1ul, world.Call("RtlEqualSid", copy, sid));
        GuestMemory.Write(copy + 12, 545u);
        Assert.Equal((0ul, 1ul),
            (world.Call("RtlEqualSid", copy, sid), world.Call("RtlEqualPrefixSid", copy, sid)));
        Assert.Equal(1ul, world.Call("RtlValidSid", sid));
        GuestMemory.Write(sid + 1, (byte)16);
        Assert.Equal(0ul, world.Call("RtlValidSid", sid));
    });

    [Fact]
    public void Entries_are_added_found_and_deleted() => KernelWorld.Simulate(world =>
    {
        var acl = world.Acl("+1 S-1-5-18", "+2 " + Admins);
        var place = world.Memory(8);
        Assert.Equal(0ul, world.Call("RtlGetAce", acl, 1, place));
        var second = GuestMemory.Read<nuint>(place);
        Assert.Equal(2u, GuestMemory.Read<uint>(second + 4));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("RtlGetAce", acl, 2, place));
        var other = world.Acl("-4 S-1-1-0");
        Assert.Equal(0ul, world.Call("RtlAddAce", acl, 2, 0, other + 8,
            GuestMemory.Read<ushort>(other + 10)));
        Assert.Equal([4u, 1u, 2u], AclView.Read(acl)!.Select(e => e.Mask));
        Assert.Equal(0ul, world.Call("RtlDeleteAce", acl, 1));
        Assert.Equal([4u, 2u], AclView.Read(acl)!.Select(e => e.Mask));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("RtlDeleteAce", acl, 2));
    });

    [Fact]
    public void A_list_that_is_full_takes_no_more() => KernelWorld.Simulate(world =>
    {
        var acl = world.Memory(64);
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, world.Call("RtlCreateAcl", acl, 7, 2));
        Assert.Equal(0ul, world.Call("RtlCreateAcl", acl, 28, 2));
        var sid = world.Sid("S-1-5-18");
        Assert.Equal(0ul, world.Call("RtlAddAccessAllowedAce", acl, 2, 1, sid));
        Assert.Equal((uint)NTSTATUS.STATUS_ALLOTTED_SPACE_EXCEEDED,
            world.Call("RtlAddAccessAllowedAce", acl, 2, 1, sid));
        GuestMemory.Write(acl + 4, (ushort)900);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_ACL, world.Call("RtlAddAccessAllowedAce", acl, 2, 1, sid));
    });

    [Fact]
    public void The_two_forms_say_the_same() => KernelWorld.Simulate(world =>
    {
        var absolute = world.Descriptor(Admins, world.Acl("+1 S-1-1-0"));
        world.Call("RtlSetGroupSecurityDescriptor", absolute.Address, world.Sid("S-1-5-18"), 0);
        var length = world.Memory(4);
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL,
            world.Call("RtlAbsoluteToSelfRelativeSD", absolute.Address, 0, length));
        var bytes = (int)GuestMemory.Read<uint>(length);
        Assert.Equal((ulong)(bytes + 20), world.Call("RtlLengthSecurityDescriptor", absolute.Address));
        var relative = world.Memory(bytes);
        Assert.Equal(0ul, world.Call("RtlAbsoluteToSelfRelativeSD", absolute.Address, relative, length));
        Assert.Equal(1ul, world.Call("RtlValidSecurityDescriptor", relative));
        Assert.Equal(1ul, world.Call("SeValidSecurityDescriptor", (uint)bytes, relative));
        Assert.Equal(0ul, world.Call("SeValidSecurityDescriptor", (uint)bytes - 1, relative));
        Assert.Equal((ulong)bytes, world.Call("RtlLengthSecurityDescriptor", relative));
        var (owner, flag) = (world.Memory(8), world.Memory(1));
        Assert.Equal(0ul, world.Call("RtlGetOwnerSecurityDescriptor", relative, owner, flag));
        Assert.Equal(Admins, SidText.Read(GuestMemory.Read<nuint>(owner)));
        var again = world.New<SECURITY_DESCRIPTOR>();
        var sizes = world.Memory(20);
        ulong Convert(nuint to) => world.Call("RtlSelfRelativeToAbsoluteSD", relative, again.Address, sizes,
            to, sizes + 4, 0, sizes + 8, to + 512, sizes + 12, to + 600, sizes + 16);
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Convert(0));
        Assert.Equal((40u, 512u, 0u, 16u), (GuestMemory.Read<uint>(sizes), GuestMemory.Read<uint>(sizes + 4),
            GuestMemory.Read<uint>(sizes + 8), GuestMemory.Read<uint>(sizes + 12)));
        Assert.Equal(0ul, Convert(world.Memory(700)));
        Assert.Equal("S-1-5-18", SidText.Read(again.Value.Group));
        Assert.Equal(1u, AclView.Read(again.Value.Dacl)![0].Mask);
        Assert.Equal((uint)NTSTATUS.STATUS_BAD_DESCRIPTOR_FORMAT,
            world.Call("RtlAbsoluteToSelfRelativeSD", relative, relative, length));
    });

    [Theory]
    [InlineData(4, 0xFFFF_FFF0u)]
    [InlineData(4, 12u)]
    [InlineData(16, 0x7FFF_FFFFu)]
    public void Offsets_out_of_a_buffer_are_not_followed(int member, uint offset) =>
        KernelWorld.Simulate(world =>
        {
            var relative = world.Memory(64);
            GuestMemory.Write(relative, (byte)1);
            GuestMemory.Write(relative + 2, (ushort)0x8004);
            Assert.Equal(1ul, world.Call("RtlValidRelativeSecurityDescriptor", relative, 64, 0));
            Assert.Equal(0ul, world.Call("RtlValidRelativeSecurityDescriptor", relative, 64, 1));
            GuestMemory.Write(relative + (nuint)member, offset);
            Assert.Equal(0ul, world.Call("RtlValidRelativeSecurityDescriptor", relative, 64, 0));
        });

    [Fact]
    public void A_new_object_inherits_what_its_parent_says() => KernelWorld.Simulate(world =>
    {
        var acl = world.Acl("+80000000 S-1-1-0", "+2 " + Admins);
        GuestMemory.Write(acl + 8 + 1, (byte)3);
        var parent = world.Descriptor(Admins, acl);
        var place = world.Memory(8);
        var subject = world.Subject();
        ulong Assign(nuint explicitly) => world.Call("SeAssignSecurity", parent.Address, explicitly, place, 1,
            subject.Address, world.Mapping(), 1);
        Assert.Equal(0ul, Assign(0));
        var made = DescriptorView.Read(GuestMemory.Read<nuint>(place))!.Value;
        Assert.Equal(Admins, SidText.Read(made.Owner));
        var entry = Assert.Single(AclView.Read(made.Dacl)!);
        Assert.Equal((SecurityWorld.Read, 0x13), (entry.Mask, entry.Flags));
        Assert.Equal(0ul, world.Call("SeDeassignSecurity", place));
        Assert.Equal(0, world.Executive.Pool.Count);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_OWNER,
            Assign(world.Descriptor("S-1-5-21-9", 0, hasDacl: false).Address));
    });

    [Fact]
    public void An_object_keeps_the_descriptor_that_it_was_given() => KernelWorld.Simulate(world =>
    {
        var process = world.Executive.SystemProcess;
        var (place, allocated) = (world.Memory(8), world.Memory(1));
        Assert.Equal(0ul, world.Call("ObGetObjectSecurity", process, place, allocated));
        Assert.Equal(0ul, GuestMemory.Read<ulong>(place));
        var first = world.Descriptor(Admins, world.Acl("+1 S-1-1-0"));
        Assert.Equal(0ul, world.Call("ObSetSecurityObjectByPointer", process, 5, first.Address));
        var second = world.Descriptor("S-1-5-18", world.Acl("+2 S-1-1-0"));
        Assert.Equal(0ul, world.Call("ObSetSecurityObjectByPointer", process, 4, second.Address));
        Assert.Equal(0ul, world.Call("ObGetObjectSecurity", process, place, allocated));
        var view = DescriptorView.Read(GuestMemory.Read<nuint>(place))!.Value;
        Assert.Equal((Admins, 2u), (SidText.Read(view.Owner), AclView.Read(view.Dacl)![0].Mask));
        world.Call("ObReleaseObjectSecurity", GuestMemory.Read<ulong>(place),
            GuestMemory.Read<byte>(allocated));
        Assert.Equal(0, world.Executive.Pool.Count);
    });
}
