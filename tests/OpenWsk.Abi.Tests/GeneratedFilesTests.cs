// The C headers and C# files that are made of the tables in src/OpenWsk.Abi/Tables are what the tables say.
// It knows nothing about whether the values are right: ConstantTests compares them through the C compiler.
using System.Text;

namespace OpenWsk.Abi.Tests;

public sealed class GeneratedFilesTests
{
    private const string MadeFrom = "Made from src/OpenWsk.Abi/Tables/";

    [Fact]
    public void The_statuses_are_those_of_the_table()
    {
        var statuses = ConstantTable.ReadStatuses();
        Assert.Equal(statuses.Count, statuses.DistinctBy(status => status.Name).Count());
        var proper = statuses.Where(status => status.AliasOf is null)
            .OrderBy(status => status.Value).ToList();
        Assert.Equal(proper.Count, proper.DistinctBy(status => status.Value).Count());

        var managed = new StringBuilder($$"""
            // The NTSTATUS values that WSK and the kernel name, under their Windows names ([MS-ERREF] 2.3.1).
            // {{MadeFrom}}ntstatus.txt by the ABI tests: change the table, not this file.
            // It knows nothing about who returns them; severities are in NtstatusExtensions.cs.
            namespace OpenWsk.Abi;

            /// <summary>A status; <see cref="NtstatusExtensions"/> tells its severity.</summary>
            public enum NTSTATUS : uint
            {

            """);
        foreach (var (name, value, _) in proper) managed.Append($"    {name} = 0x{value:X8},\n");
        managed.Append("}\n");
        Snapshot.Matches("src/OpenWsk.Abi/Status/NTSTATUS.cs", managed.ToString());

        var native = new StringBuilder($"""
            /* ntstatus.h: the NTSTATUS values that kernel drivers name ([MS-ERREF] 2.3.1).
             * {MadeFrom}ntstatus.txt by the ABI tests: change the table, not this file.
             * It knows nothing about who returns them; NT_SUCCESS and its like are in ntdef.h. */
            #ifndef OPENWSK_NTSTATUS_H
            #define OPENWSK_NTSTATUS_H

            #include <ntdef.h>


            """);
        foreach (var (name, value, aliasOf) in statuses)
            native.Append($"#define {name} {(aliasOf is null ? $"((NTSTATUS)0x{value:X8}L)" : aliasOf)}\n");
        native.Append("\n#endif\n");
        Snapshot.Matches("include/ntstatus.h", native.ToString());
    }

    [Theory]
    [InlineData("wsk-constants.txt", "Wsk/WskConstants.cs", "WSK and Winsock", "wsk.h")]
    [InlineData("wdm-constants.txt", "Wdm/WdmConstants.cs", "the kernel", "wdm.h")]
    public void The_managed_constants_are_those_of_the_table(
        string table, string file, string what, string origin)
    {
        var text = new StringBuilder($$"""
            // The numeric constants of {{what}} ({{origin}} and its neighbours) under their Windows names.
            // {{MadeFrom}}{{table}} by the ABI tests: change the table, not this file.
            // It knows nothing about their meaning; each is documented where it is used.
            namespace OpenWsk.Abi;

            /// <summary>Constants by their Windows names; import with <c>using static</c>.</summary>
            public static class {{Path.GetFileNameWithoutExtension(file)}}
            {

            """);
        var title = "";
        foreach (var group in ConstantTable.Read(table)) {
            if (group.Title != title) text.Append($"{(title.Length == 0 ? "" : "\n")}    // {group.Title}\n");
            title = group.Title;
            foreach (var constant in group.Constants)
                text.Append($"    public const {group.Type} {constant.Name} = {constant.Value};\n");
        }

        text.Append("}\n");
        Snapshot.Matches($"src/OpenWsk.Abi/{file}", text.ToString());
    }

    [Fact]
    public void The_native_constants_are_those_of_the_tables()
    {
        var groups = ConstantTable.Read("wsk-constants.txt").Concat(ConstantTable.Read("wdm-constants.txt"));
        foreach (var header in groups.Where(group => group.Header != "-").GroupBy(group => group.Header)) {
            var guard = $"OPENWSK_{header.Key.ToUpperInvariant()}_VALUES_H";
            var text = new StringBuilder($"""
                /* {header.Key}-values.h: the numeric constants of {header.Key}.h.
                 * {MadeFrom} by the ABI tests: change the tables, not this file.
                 * It knows nothing about their meaning. Include {header.Key}.h, which includes this. */
                #ifndef {guard}
                #define {guard}

                """);
            foreach (var group in header) {
                text.Append($"\n/* {group.Title} */\n");
                var suffix = group.Type == "ulong" ? "ULL" : "";
                foreach (var constant in group.Constants)
                    text.Append($"#define {constant.Name} {constant.Value}{suffix}\n");
            }

            text.Append("\n#endif\n");
            Snapshot.Matches($"include/openwsk/{header.Key}-values.h", text.ToString());
        }
    }
}
