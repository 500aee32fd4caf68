# cmake -DREADER=<gt_read_ops.cmake> -DHEADER=<header> -P read.cmake: says what gt_add_ops finds in a header.
cmake_minimum_required(VERSION 3.25)
include(${READER})
gt_read_ops(${HEADER} family ops)
list(JOIN ops " " ops)
message("${family}: ${ops}.")
