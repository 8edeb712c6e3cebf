using System.Globalization;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>
/// Judges headers by the rules that validators keep to: the form of the value, its close time, its empty transaction set.
/// </summary>
/// <remarks>
/// CAP-83 and CAP-88; stellar-core src/herder/HerderSCPDriver.cpp and src/ledger/LedgerHeaderUtils.cpp. The protocol of the ledger
/// <b>before</b> decides the form: the ledger that upgrades the network still has the old one, the ledger after it must have the new one.
/// Ledgers of the first protocols have unsigned values, and so has ledger 1 of any protocol; that a value is signed is not asked for here.
/// Ledgers are told apart by their number and hash: the close time tells nothing but which of two neighbours is later.
/// </remarks>
internal static class LedgerHeaderRules
{
    /// <summary>Judges a header.</summary>
    /// <param name="header">The header.</param>
    /// <param name="previous">The ledger before; null if nothing is known of it, which leaves out what only it can tell.</param>
    /// <returns>What is wrong, the first thing found.</returns>
    public static LedgerHeaderProblem Check(LedgerHeaderView header, LedgerPredecessor? previous)
    {
        LedgerHeaderProblem problem = CheckAlone(header);
        if (problem != LedgerHeaderProblem.None)
            return problem;
        return previous is { } before ? CheckAfter(header, before) : CheckWithoutPredecessor(header);
    }

    /// <summary>Says what is wrong with a header: one sentence, without the place and without advice.</summary>
    /// <param name="problem">What <see cref="Check"/> found.</param>
    /// <param name="header">The header.</param>
    /// <param name="previous">The ledger before, as it was given to <see cref="Check"/>.</param>
    /// <returns>The sentence.</returns>
    public static string Describe(LedgerHeaderProblem problem, LedgerHeaderView header, LedgerPredecessor? previous)
    {
        StellarValueView value = header.Value;
        string ledger = Text($"Ledger {header.Sequence:N0}");
        uint least = value.HasMilliseconds ? StellarProtocols.Milliseconds : StellarProtocols.EmptyTransactionSets;
        bool isByProposal =
            value.IsEmptyTransactionSet && header.ProtocolVersion >= least && problem != LedgerHeaderProblem.EmptySetOfOtherProtocol;
        string before = previous is { } known ? Text($"ledger {known.Sequence:N0} before it has protocol {known.ProtocolVersion}")
            : isByProposal ? Text($"it says itself that the ledger before it has protocol {value.ProposedPreviousLedgerVersion}")
            : Text($"it has protocol {header.ProtocolVersion} itself");
        return problem switch
        {
            LedgerHeaderProblem.CloseTimesDisagree =>
                Text(
                    $"{ledger} closed at second {value.CloseTimeSeconds} and at millisecond {value.CloseTimeMilliseconds}, which are not the same time."),
            LedgerHeaderProblem.MillisecondsTooEarly =>
                Text(
                    $"{ledger} has a close time in milliseconds (arm {(int)value.Form} of StellarValue), but {before}: that is for ledgers after one of protocol {StellarProtocols.Milliseconds} or later."),
            LedgerHeaderProblem.MillisecondsMissing =>
                Text(
                    $"{ledger} has a close time in seconds only (arm {(int)value.Form} of StellarValue), but {before}: every ledger after one of protocol {StellarProtocols.Milliseconds} or later has milliseconds."),
            LedgerHeaderProblem.EmptySetTooEarly =>
                Text(
                    $"{ledger} has a dropped transaction set (arm {(int)value.Form} of StellarValue), but {before}: that is for ledgers after one of protocol {StellarProtocols.EmptyTransactionSets} or later."),
            LedgerHeaderProblem.EmptySetOfOtherLedger =>
                Text($"{ledger} has a dropped transaction set whose previous ledger hash is not that of the header itself."),
            LedgerHeaderProblem.EmptySetOfOtherProtocol =>
                Text(
                    $"{ledger} has a dropped transaction set for a ledger after protocol {value.ProposedPreviousLedgerVersion}, but {before}."),
            LedgerHeaderProblem.ProtocolGoesBack =>
                Text($"{ledger} has protocol {header.ProtocolVersion}, but {before}: a network never goes back."),
            LedgerHeaderProblem.TimeGoesBack or LedgerHeaderProblem.TimeStandsStill =>
                Text(
                    $"{ledger} closed at {Time(value.CloseTimeSeconds,
                        LedgerPredecessor.FractionOf(value))}, {(problem == LedgerHeaderProblem.TimeGoesBack
                            ? "before"
                            : "at the same time as")} ledger {previous?.Sequence:N0}, which closed at {Time(
                                previous?.CloseTimeSeconds ?? 0, previous?.CloseTimeFraction ?? 0)}."),
            _ => Text($"{ledger} is sound."),
        };
    }

    private static LedgerHeaderProblem CheckAlone(LedgerHeaderView header)
    {
        StellarValueView value = header.Value;
        if (value.CloseTimeMilliseconds is { } milliseconds && milliseconds / 1000 != value.CloseTimeSeconds)
            return LedgerHeaderProblem.CloseTimesDisagree;
        bool isOfOther = value.IsEmptyTransactionSet && !value.ProposedPreviousLedgerHash.SequenceEqual(header.PreviousLedgerHash);
        return isOfOther ? LedgerHeaderProblem.EmptySetOfOtherLedger : LedgerHeaderProblem.None;
    }

    // The ledger before, of which nothing is known, has at most the protocol of this one: what is too early after that is so after any. A
    // dropped set tells its protocol.
    private static LedgerHeaderProblem CheckWithoutPredecessor(LedgerHeaderView header)
    {
        if (header.Value.HasMilliseconds && header.ProtocolVersion < StellarProtocols.Milliseconds)
            return LedgerHeaderProblem.MillisecondsTooEarly;
        if (!header.Value.IsEmptyTransactionSet)
            return LedgerHeaderProblem.None;
        uint before = header.Value.ProposedPreviousLedgerVersion;
        if (header.ProtocolVersion < StellarProtocols.EmptyTransactionSets || before < StellarProtocols.EmptyTransactionSets)
            return LedgerHeaderProblem.EmptySetTooEarly;
        if (before > header.ProtocolVersion)
            return LedgerHeaderProblem.EmptySetOfOtherProtocol;
        if (header.Value.HasMilliseconds == before >= StellarProtocols.Milliseconds)
            return LedgerHeaderProblem.None;
        return header.Value.HasMilliseconds ? LedgerHeaderProblem.MillisecondsTooEarly : LedgerHeaderProblem.MillisecondsMissing;
    }

    private static LedgerHeaderProblem CheckAfter(LedgerHeaderView header, in LedgerPredecessor previous)
    {
        StellarValueView value = header.Value;
        if (header.ProtocolVersion < previous.ProtocolVersion)
            return LedgerHeaderProblem.ProtocolGoesBack;
        if (value.HasMilliseconds != previous.ProtocolVersion >= StellarProtocols.Milliseconds)
            return value.HasMilliseconds ? LedgerHeaderProblem.MillisecondsTooEarly : LedgerHeaderProblem.MillisecondsMissing;
        if (value.IsEmptyTransactionSet)
        {
            if (previous.ProtocolVersion < StellarProtocols.EmptyTransactionSets)
                return LedgerHeaderProblem.EmptySetTooEarly;
            if (value.ProposedPreviousLedgerVersion != previous.ProtocolVersion)
                return LedgerHeaderProblem.EmptySetOfOtherProtocol;
        }

        int order = (value.CloseTimeSeconds, LedgerPredecessor.FractionOf(value)).CompareTo(
            (previous.CloseTimeSeconds, previous.CloseTimeFraction));
        return order > 0 ? LedgerHeaderProblem.None : order == 0 ? LedgerHeaderProblem.TimeStandsStill : LedgerHeaderProblem.TimeGoesBack;
    }

    private static string Time(ulong seconds, uint fraction) => Text($"{seconds}.{fraction:000} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
