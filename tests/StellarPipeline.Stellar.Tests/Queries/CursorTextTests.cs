using FsCheck;
using FsCheck.Fluent;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>The opaque text of cursors, and the SQL of the conditions that they make.</summary>
public sealed class CursorTextTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(5, 7);

    [Fact]
    public void Read_TextOfAnyCursor_IsTheCursor()
    {
        Gen<DateTime> time =
            Gen.Choose(0, int.MaxValue).Select(seconds => DateTime.UnixEpoch.AddSeconds(seconds).AddMicroseconds(seconds % 1_000_000));
        Gen<long> number = Gen.Choose(int.MinValue, int.MaxValue).Select(value => ((long)value << 31) ^ value);
        Check.One(Many, Prop.ForAll((from at in time from a in number select new EventCursor(at, a)).ToArbitrary(), Same));
        Check.One(
            Many, Prop.ForAll((from a in number from b in number from c in number select new ChangeCursor(a, b, c)).ToArbitrary(), Same));
        Check.One(
            Many,
            Prop.ForAll((from at in time from a in number from b in number from c in number select new StateChangeCursor(at, a, b, c))
                .ToArbitrary(), Same));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not a cursor!")]
    [InlineData("ZQAAAAAAAAAA")] // too short
    [InlineData("ZQAAAAAAAAAAAAAAAAAAAAAAAAA")] // too long
    [InlineData("ZX__________AAAAAAAAAAE")] // a time that there is not
    [InlineData("ZQAAAAAAAAAAAAAAAAAAAAF")] // bits behind the end
    public void Read_TextThatIsNone_IsRefused(string text) => Assert.Throws<QueryInputException>(() => CursorText.Read<EventCursor>(text));

    [Fact]
    public void Read_CursorOfAnotherList_IsRefused()
    {
        string text = CursorText.Write(new ChangeCursor(1, 2, 3));
        Assert.Contains(
            "is not a cursor of this list", Assert.Throws<QueryInputException>(() => CursorText.Read<EventCursor>(text)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Toid_AnyId_IsTakenApart()
    {
        const long operation = 264580976254914561;
        Assert.Equal(264580976254914560, Toid.TransactionOf(operation));
        Assert.Equal((61602559u, 1, 1), (Toid.LedgerOf(operation), Toid.PlaceOfTransaction(operation), Toid.PlaceOfOperation(operation)));
    }

    private static void Same<TCursor>(TCursor cursor)
        where TCursor : struct, IPageCursor<TCursor>
    {
        string text = CursorText.Write(cursor);
        Assert.All(text, letter => Assert.True(char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));
        Assert.Equal(cursor, CursorText.Read<TCursor>(text));
    }
}
