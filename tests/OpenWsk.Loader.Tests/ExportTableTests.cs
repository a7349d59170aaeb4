// The export table of a driver file: what is read of a right one, and each way in which one can be wrong. The
// images are written by TestImage.cs. Whether another driver's imports find their way is in
// OpenWsk.Testing.Tests.
using System.Buffers.Binary;
using System.Text;

namespace OpenWsk.Loader.Tests;

public sealed class ExportTableTests
{
    private const uint TableRva = 0x5000;
    private const int FirstOrdinal = 0x10;
    private const int FunctionCount = 0x14;
    private const int NameCount = 0x18;
    private const int Functions = 0x1C;
    private const int Names = 0x20;
    private const int Indices = 0x24;
    private const int FunctionList = 0x40;
    private const int NameList = 0x50;
    private const int IndexList = 0x58;
    private const int Name = 0x60;
    private const int Forwarder = 0x70;
    private const int TableBytes = 0x80;

    [Fact]
    public void A_right_table_is_read_by_name_and_by_number()
    {
        var exports = DriverImage.Read(Exporting().Write(), "right.sys").Exports;
        Assert.Equal(["One"], exports.Names);
        Assert.Equal(new ImageExport(7, 0x1000, null), exports.Find("One", null));
        Assert.Equal(new ImageExport(7, 0x1000, null), exports.Find("", 7));
        Assert.Equal(new ImageExport(8, 0, "OTHER.Two"), exports.Find("", 8));
        Assert.Null(exports.Find("Two", null));
        Assert.Null(exports.Find("One", 9));
    }

    public static TheoryData<string, Action<TestImage>> WrongTables => new()
    {
        { "it lies outside the sections", i => i.Directories[0] = (TableRva, 39) },
        { "it lies outside the sections", i => i.Directories[0] = (TableRva, 0x1001) },
        { "it announces 2 addresses", i => Put(i, FirstOrdinal, 65537) },
        { "it announces 2 addresses", i => Put(i, Functions, 0x9000) },
        {
            "it announces 65537 addresses",
            i =>
            {
                (i["exports"].VirtualBytes, i.ImageBytes) = (0x5_0000, 0x5_5000);
                Put(i, FunctionCount, 65537);
            }
        },
        { "number 7 lies outside the sections", i => Put(i, FunctionList, 0x9000) },
        { "a forwarder is damaged", i => i["exports"].Contents[Forwarder + 5] = (byte)'-' },
        { "a forwarder is damaged", i => Put(i, FunctionList + 4, TableRva + Forwarder + 5) },
        { "a forwarder is damaged", i => i["exports"].Contents[Forwarder + 6] = 0 },
        { "it announces 65537 names", i => Put(i, NameCount, 65537) },
        { "it announces 1 names", i => Put(i, Names, 0x9000) },
        { "it announces 1 names", i => Put(i, Indices, 0x9000) },
        { "name number 0 is damaged", i => Put(i, NameList, 0x9000) },
        { "name number 0 is damaged", i => i["exports"].Contents[IndexList] = 2 },
    };

    [Theory]
    [MemberData(nameof(WrongTables))]
    public void A_wrong_table_is_named(string what, Action<TestImage> change)
    {
        var image = Exporting();
        change(image);
        var error = Assert.Throws<ImageFormatException>(
            () => DriverImage.Read(image.Write(), "wrong.sys"));
        Assert.Equal("OW3014", error.Id);
        Assert.StartsWith(
            "OW3014: wrong.sys has a damaged export table at RVA 0x", error.Message,
            StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    // Number 7 is code and has a name, number 8 leads to another driver.
    private static TestImage Exporting()
    {
        var image = TestImage.Right();
        image.AddLast("exports", TestImage.ReadOnlyData, new byte[TableBytes]);
        image.Directories[0] = (TableRva, TableBytes);
        Put(image, FirstOrdinal, 7);
        Put(image, FunctionCount, 2);
        Put(image, NameCount, 1);
        Put(image, Functions, TableRva + FunctionList);
        Put(image, Names, TableRva + NameList);
        Put(image, Indices, TableRva + IndexList);
        Put(image, FunctionList, 0x1000);
        Put(image, FunctionList + 4, TableRva + Forwarder);
        Put(image, NameList, TableRva + Name);
        Encoding.ASCII.GetBytes("One").CopyTo(image["exports"].Contents, Name);
        Encoding.ASCII.GetBytes("OTHER.Two").CopyTo(image["exports"].Contents, Forwarder);
        return image;
    }

    private static void Put(TestImage image, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(image["exports"].Contents.AsSpan(offset), value);
}
