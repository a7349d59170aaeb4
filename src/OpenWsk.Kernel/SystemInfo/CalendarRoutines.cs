// Calendar times and identifiers: conversions that drivers use for logs and sessions. Local time is UTC here.
// It knows nothing about clocks: see TimeRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Calendar and identifier routines of ntoskrnl.</summary>
public static class CalendarRoutines
{
    private const long PerMillisecond = 10_000;
    private const long PerDay = 24L * 60 * 60 * 1000 * PerMillisecond;

    // Days of 400 Gregorian years, and 1601-01-01 was a Monday.
    private const int DaysPer400Years = 146_097;
    private const int FirstYear = 1601;

    /// <summary>The local time, which is UTC. Units: 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Note = "the time zone is UTC", Class = CallClass.Local)]
    public static void ExSystemTimeToLocalTime(
        Executive executive, GuestPtr<long> SystemTime, GuestPtr<long> LocalTime) =>
        GuestMemory.Write(LocalTime.Address, GuestMemory.Read<long>(SystemTime.Address));

    /// <summary>The calendar time of a time in units of 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlTimeToTimeFields(
        Executive executive, GuestPtr<long> Time, GuestPtr<TIME_FIELDS> TimeFields)
    {
        var time = GuestMemory.Read<long>(Time.Address);
        var days = (int)(time / PerDay);
        var milliseconds = (int)(time % PerDay / PerMillisecond);
        var (year, month, day) = DateOf(days);
        TimeFields.Value = new TIME_FIELDS
        {
            Year = (short)year,
            Month = (short)month,
            Day = (short)day,
            Hour = (short)(milliseconds / 3_600_000),
            Minute = (short)(milliseconds / 60_000 % 60),
            Second = (short)(milliseconds / 1000 % 60),
            Milliseconds = (short)(milliseconds % 1000),
            // 0 is Sunday.
            Weekday = (short)((days + 1) % 7),
        };
    }

    /// <summary>A new identifier.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ExUuidCreate(Executive executive, GuestPtr<Guid> Uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        executive.Entropy.Fill(bytes);
        // Version 4, variant 1 (RFC 9562 5.4); the third word is little-endian in memory.
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        bytes.CopyTo(GuestMemory.Span(Uuid.Address, 16));
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Counts whole 400-, 100-, 4- and 1-year spans; the last day of a span's last year is in no further span.
    private static (int Year, int Month, int Day) DateOf(int days)
    {
        var year = FirstYear + (days / DaysPer400Years * 400);
        days %= DaysPer400Years;
        var centuries = Math.Min(days / 36_524, 3);
        days -= centuries * 36_524;
        year += (centuries * 100) + (days / 1461 * 4);
        days %= 1461;
        var years = Math.Min(days / 365, 3);
        days -= years * 365;
        year += years;
        var isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        var month = 1;
        for (var length = LengthOf(month, isLeap); days >= length; length = LengthOf(month, isLeap))
        {
            days -= length;
            month++;
        }
        return (year, month, days + 1);
    }

    private static int LengthOf(int month, bool isLeap) => month switch
    {
        2 => isLeap ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };
}
