using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Archive.Tests")]
[assembly: InternalsVisibleTo("Pipeline.Benchmarks")]
[assembly: InternalsVisibleTo("Pipeline.LoadTest")]
