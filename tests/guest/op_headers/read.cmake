# cmake -DREADER=<gt_read_ops.cmake> -DROOT=<include folder> -DHEADER=<header> -P read.cmake: says what gt_add_ops finds in a header.
cmake_minimum_required(VERSION 3.25)
set_property(GLOBAL PROPERTY GT_INCLUDE_ROOT ${ROOT})
include(${READER})
gt_read_ops(${HEADER} family ops)
get_filename_component(family ${family} NAME_WE)
list(JOIN ops " " ops)
message("${family}: ${ops}.")
